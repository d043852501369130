# ruff: noqa: E501 — a rule is one line, so that the table can be read and compared
# fmt: off
"""Weighted rules for toxicity, fraud and malware: wording that has few honest uses."""

from __future__ import annotations

from typing import NamedTuple


class ContentRule(NamedTuple):
    """One rule. `group` keeps paraphrases from adding up; a category is a toxicity category or the threat itself."""

    id: str
    weight: float
    pattern: str
    category: str
    threat_type: str
    guardrail: str


def _toxic(rule_id: str, weight: float, category: str, pattern: str) -> ContentRule:
    return ContentRule(rule_id, weight, "(?i)" + pattern, category, "toxicity", "toxicity")


def _fraud(rule_id: str, weight: float, pattern: str) -> ContentRule:
    return ContentRule(rule_id, weight, "(?i)" + pattern, "fraud", "fraud_abuse", "fraud_detection")


def _malware(rule_id: str, weight: float, pattern: str) -> ContentRule:
    return ContentRule(rule_id, weight, "(?i)" + pattern, "malware", "malware", "malware_detection")


CONTENT_RULES: tuple[ContentRule, ...] = (
    _toxic("death_threat", 0.85, "violence", r"\bi(?:'m going to|'ll| will| am going to| want to)\s(?:\w+\s)?(?:kill|murder|stab|shoot|strangle|behead|rape)\s(?:you|him|her|them|your|every)\b"),
    _toxic("call_for_violence", 0.9, "violence", r"\b(?:kill|exterminate|gas|lynch|shoot|burn|hang)\s(?:all|every|the)\s(?:\w+\s)?(?:jews?|muslims?|blacks?|whites?|gays?|immigrants?|christians?|women|asians?|refugees?|trans\w*|police|cops)\b"),
    _toxic("self_harm_incitement", 0.95, "self_harm", r"\b(?:kill\syourself|kys\b|end\syour\s(?:own\s)?life|go\s(?:and\s)?die|you\sshould\s(?:die|hang\syourself|slit))\b"),
    _toxic("self_harm_method", 0.8, "self_harm", r"\b(?:best|easiest|painless|quickest)\s(?:way|method|ways|methods)\s(?:to|of|for)\s(?:kill(?:ing)?\smyself|commit(?:ting)?\ssuicide|suicide|end(?:ing)?\smy\slife)\b"),
    _toxic("dehumanising", 0.85, "hate", r"\b(?:jews?|muslims?|blacks?|gays?|immigrants?|women|mexicans?|asians?|refugees?|christians?|trans\speople|disabled\speople)\s(?:are|is)\s(?:all\s|nothing\sbut\s|just\s)?(?:vermin|animals|subhuman|parasites|cockroaches|scum|filth|inferior|a\sdisease|rats|trash|garbage|criminals|stupid|evil)\b"),
    _toxic("slur", 0.75, "hate", r"\b(?:n[i1]gg(?:er|a)s?|f[a@]gg?[o0]ts?|k[i1]kes?|sp[i1]cs\b|ch[i1]nks?|tr[a@]nn(?:y|ies)|wetbacks?|ragheads?|sand\sn[i1]gg\w+|gooks?)\b"),
    _toxic("supremacism", 0.85, "hate", r"\b(?:white\s(?:power|supremacy\sis\s(?:right|good))|heil\shitler|gas\sthe\s\w+|race\straitors?|1488|14[\s/]88|14 / 88|hitler\swas\sright)\b"),
    _toxic("insult_person", 0.7, "harassment", r"\byou(?:'re|\sare|\sfucking)?\s(?:such\s)?(?:an?\s)?(?:\w+\s)?(?:worthless|pathetic|stupid|dumb|ugly|disgusting|useless|retarded|braindead)\s(?:piece\sof\s\w+|idiot|moron|bitch|whore|cunt|loser|pig|cow|bastard|asshole|retard|trash|scum)\b"),
    _toxic("insult_short", 0.6, "harassment", r"\b(?:shut\sthe\sfuck\sup|fuck\s(?:you|off)|go\sto\shell|you\s(?:bitch|cunt|whore|slut|retard|bastard|asshole|motherfucker))\b"),
    _toxic("worthless_person", 0.7, "harassment", r"\b(?:nobody|no\sone)\s(?:likes|loves|wants|would\smiss)\syou\b|\byou\s(?:deserve\sto\s(?:die|suffer)|are\sa\swaste\sof\s(?:space|oxygen|life))\b"),
    _toxic("explicit_sexual", 0.7, "sexual", r"\b(?:explicit|graphic|hardcore)\s(?:sex(?:ual)?|porn\w*|erotic\w*)\b|\b(?:suck(?:ing)?\smy\s(?:dick|cock)|cum\s(?:on|in)\s(?:my|her|his|your)|blow\s?job|gang\s?bang)\b"),
    _toxic("sexual_minors", 0.98, "sexual", r"\b(?:sexual(?:i[sz]ed)?\s(?:stor(?:y|ies)|content|role-?play|scenes?|images?|fantas(?:y|ies))|nudes?|naked|porn\w*|erotic\w*)\b[^.\n]{0,40}\b(?:child(?:ren)?|minors?|underage|toddlers?|preteens?|(?:[4-9]|1[0-7])[- ]years?[- ]old)\b|\bchild\sporn\w*|\bcsam\b|\bloli(?:con)?\b"),
    _toxic("profanity", 0.45, "profanity", r"\b(?:fuck\w*|motherfuck\w*|shit(?:ty|head)?|bullshit|cunts?|assholes?|dickheads?|wankers?|cocksuckers?)\b"),
    _toxic("profanity_german", 0.6, "harassment", r"\b(?:du\s(?:\w+\s)?(?:hurensohn|arschloch|wichser|missgeburt|fotze|schlampe)|verpiss\sdich|fick\sdich)\b"),
    _toxic("profanity_romance", 0.6, "harassment", r"\b(?:hijo\sde\sputa|vete\sa\sla\smierda|puta\smadre|fils\sde\spute|nique\sta\smere|va\ste\sfaire\s(?:foutre|enculer)|figlio\sdi\sputtana|vaffanculo|filho\sda\sputa|vai\sse\sfoder)\b"),
    _fraud("credential_phishing", 0.85, r"\b(?:verify|confirm|update|validate|unlock)\s(?:your|the)\s(?:account|identity|password|bank|payment|billing|card)\b[^\n]{0,120}\b(?:click|within\s\d+\s(?:hours?|days?)|immediately|suspend\w*|limited|link\sbelow)\b"),
    _fraud("account_suspended", 0.8, r"\b(?:your|ihr|votre|su)\s(?:\w+\s){0,2}(?:account|card|konto|compte|cuenta)\s(?:has\sbeen|will\sbe|is|was|wurde|a\sete|ha\ssido)\s(?:suspended|limited|locked|blocked|restricted|gesperrt|suspendu|bloque\w*|suspendida)\b[^\n]{0,160}\b(?:click|link|http|verify|bestatig|cliquez|haga\sclic)"),
    _fraud("advance_fee", 0.85, r"\b(?:inheritance|lottery|unclaimed\sfunds?|million\s(?:dollars|euros|usd|pounds))\b[^\n]{0,160}\b(?:transfer\sfee|processing\sfee|your\sbank\s(?:details|account)|next\sof\skin|beneficiary|western\sunion|claim\syour)\b"),
    _fraud("gift_card_scam", 0.8, r"\b(?:buy|purchase|get|send)\b[^\n]{0,40}\b(?:gift\scards?|itunes\scards?|google\splay\scards?|steam\scards?)\b[^\n]{0,80}\b(?:codes?|scratch|photo|picture|urgent|back\sof)\b"),
    _fraud("write_phishing", 0.85, r"\b(?:write|create|generate|draft|compose|make|design|build)\s(?:me\s)?(?:an?\s)?(?:\w+\s){0,3}(?:phishing|spear-?phishing|smishing|scam|fake\s(?:login|bank|invoice|paypal))\s?(?:e-?mail|message|page|site|website|text|sms|template|campaign)?\b"),
    _fraud("forge_documents", 0.8, r"\b(?:make|create|forge|produce|print|buy|get)\s(?:me\s)?(?:an?\s)?(?:\w+\s)?(?:fake|forged|counterfeit)\s(?:id\b|ids\b|passports?|driver'?s?\slicen[cs]es?|money|bills|banknotes|diplomas?|vaccination\scards?|documents?)"),
    _fraud("carding", 0.85, r"\b(?:carding|fullz|cvv\s(?:dump|shop)s?|card\sdumps?|bin\slist|cashout\smethod|stolen\scredit\scards?)\b"),
    _fraud("money_laundering", 0.75, r"\b(?:how\s(?:do\si|to|can\si)|help\sme|ways?\sto|best\sway\sto)\s(?:\w+\s){0,2}(?:launder\s(?:money|cash)|evade\stax(?:es)?|bypass\skyc|fake\san?\sinsurance\sclaim)\b"),
    _malware("eicar", 0.99, r"X5O!P%@AP\[4\\PZX54\(P\^\)7CC\)7\}\$EICAR"),
    _malware("reverse_shell", 0.9, r"/dev/tcp/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/\d{1,5}|\b(?:nc|ncat)\s-\w+\s(?:-\w+\s){0,3}(?:/bin/(?:ba)?sh\s)?\d{1,3}\.\d{1,3}\.|bash\s-i\s>&|socket\.socket\([^\n]{0,200}os\.dup2|subprocess\.call\(\[\"/bin/sh\",\s?\"-i\"\]"),
    _malware("encoded_powershell", 0.85, r"powershell(?:\.exe)?\s(?:-\w+\s(?:\w+\s)?){0,5}-(?:e|en|enc|encodedcommand)\s[A-Za-z0-9+/=]{40,}|iex\s?\(?\s?\(?new-object\s(?:system\.)?net\.webclient\)?\.downloadstring"),
    _malware("credential_dumping", 0.9, r"\b(?:mimikatz|sekurlsa::|lsadump::|procdump[^\n]{0,30}lsass|comsvcs\.dll[^\n]{0,20}minidump|hashdump)\b"),
    _malware("webshell", 0.9, r"<\?php[^>]{0,80}(?:eval|assert|system|passthru|shell_exec)\s?\(\s?(?:base64_decode\s?\(\s?)?\$_(?:GET|POST|REQUEST|COOKIE)"),
    _malware("destructive_command", 0.8, r"\brm\s+-(?:rf|fr)\s+(?:--no-preserve-root\s+)?/(?:\s|\*|$)|:\(\)\s?\{\s?:\s?\|\s?:\s?&\s?\}\s?;\s?:|\bdd\s+if=/dev/(?:zero|random)\s+of=/dev/sd|\bmkfs\.\w+\s+/dev/sd|\bformat\s+c:\s*/[qy]|vssadmin\s+delete\s+shadows"),
    _malware("write_malware", 0.85, r"\b(?:write|create|build|develop|code|generate|make|program)\s(?:me\s)?(?:an?\s|some\s|the\s)?(?:\w+\s){0,3}(?:ransomware|key-?logger|trojan|rootkit|computer\s(?:virus|worm)|malware|botnet|spyware|info-?stealer|rat\smalware|backdoor\sthat|crypto-?locker)\b"),
    _malware("process_injection", 0.75, r"\bVirtualAllocEx\b[^}]{0,400}\bWriteProcessMemory\b[^}]{0,400}\bCreateRemoteThread\b"),
    _malware("obfuscated_eval", 0.7, r"\beval\s?\(\s?(?:atob|unescape|String\.fromCharCode|base64_decode|gzinflate|str_rot13)\s?\("),
    _malware("macro_downloader", 0.8, r"\bAuto_?Open\b[^\n]{0,400}\b(?:Shell|WScript\.Shell|URLDownloadToFile)\b|\bURLDownloadToFile[AW]?\b"),
)
