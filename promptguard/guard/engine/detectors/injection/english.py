# ruff: noqa: E501 — a rule is one line, so that the table can be read and compared
# fmt: off
"""Rules for English: replacing instructions, asking for the system prompt, and freeing the model from its limits."""

from __future__ import annotations

from promptguard.guard.engine.detectors.injection.grammar import Rule, Scope

_OVERRIDE, _EXTRACT = "prompt-injection.instruction-override", "prompt-injection.system-prompt-extraction"
_PERSONA, _UNBIND = "jailbreak.persona-hijacking", "jailbreak.restriction-removal"
_COERCE, _AUTHORITY = "jailbreak.refusal-suppression", "jailbreak.authority-claim"


def _override(rule_id: str, weight: float, pattern: str, group: str = "override") -> Rule:
    return Rule(rule_id, weight, pattern, group, _OVERRIDE)


def _extract(rule_id: str, weight: float, pattern: str, group: str = "extract") -> Rule:
    return Rule(rule_id, weight, pattern, group, _EXTRACT, "system_prompt_leak", Scope.ANYWHERE)


def _jailbreak(rule_id: str, weight: float, pattern: str, group: str, technique: str = _PERSONA) -> Rule:
    return Rule(rule_id, weight, pattern, group, technique, scope=Scope.ANYWHERE)


RULES: tuple[Rule, ...] = (
    _override("ignore_previous_instructions", 0.95, r"\b<ignore>~<w4><prior>~<w3><rules>\b"),
    _override("ignore_instructions_above", 0.9, r"\b<ignore>~<w3><rules>~<w3>(?:above|before|previously|earlier|given)\b"),
    _override("ignore_previous_context", 0.82, r"\b<ignore>~(?:all|any|every|the|of|these)~<w2><prior>~<w2>(?:context|messages|conversations?|inputs?|tasks?|assignments?|statements?|everything|dialogue)\b"),
    _override("delete_previous_instructions", 0.85, r"\b(?:delete|remove|clear|cancel|drop|wipe|flush|scrap|throw~away)~<w2>(?:previous|prior|earlier|existing|preceding|current)~<w2>(?:instructions|directives|guidelines|system~prompt|programming|prompts)\b"),
    _override("disable_safety", 0.82, r"\b(?:disable|turn~off|deactivate|switch~off|lift|lower|suspend|shut~off|unlock)~<w1>(?:your|the|all|any)~<w1>(?:safety|content|ethical|moral|moderation|censorship)~<w1>(?:filters?|restrictions?|guidelines|protocols?|measures|limits|checks|guardrails|settings|features|mode|constraints|policies)\b", "unbind"),
    _override("rules_are_lifted", 0.72, r"\b(?:all|your|the|any|these)~<w2>(?:rules|restrictions|limitations|filters|guidelines|constraints|guardrails|directives|instructions)~(?:are|have~been|were|is)~(?:now~|all~)?(?:lifted|removed|disabled|gone|suspended|void|deactivated|waived|off|cancell?ed|irrelevant|obsolete|no~longer~(?:valid|active|in~effect))\b", "unbind"),
    _override("ignore_all_rules", 0.85, r"\b<ignore>~(?:all|any|every|each)~<w3><rules>\b"),
    _override("ignore_your_rules", 0.9, r"\b<ignore>~<w2>(?:your|openai'?s|anthropic'?s|the~system'?s?)~<w3><rules>\b"),
    _override(
        "forget_everything",
        0.82,
        r"\b(?:forget|ignore|disregard|erase)~(?:about~)?(?:everything|all|anything|whatever)~<w2>"
        r"(?:said|told|learn(?:ed|t)|know|knew|wrote|above|before|previously|so~far|earlier|instructed|taught)\b",
    ),
    _override("ignore_this_and_do", 0.6, r"\b(?:ignore|disregard|forget)~(?:all~)?(?:that|this|it|the~above|above)~(?:and|but|instead|now)\b"),
    _override("ignore_the_user", 0.75, r"\bignore~(?:the|all|any|what~the)~user(?:'?s)?~(?:and|request|query|question|input|message|wants|said)\b"),
    _override("strictly_adhere", 0.75, r"\bmust~(?:strictly~)?(?:adhere~to|follow|obey|execute)~(?:only~)?(?:the|these|this|my)~following~(?:instructions?|orders?|commands?|task)\b", "redirect"),
    _override("new_instructions", 0.55, r"\b(?:new|updated|revised|real|actual|true|overriding|replacement)~<w1>(?:instructions?|directives?|orders?|system~prompt|objectives?)~?(?::|for~the~(?:model|assistant|ai|agent)|follow|begin|are\b|from\b)", "redirect"),
    _override("new_task", 0.5, r"\b(?:your|the)~(?:new|real|actual|only|true|next)~(?:task|job|goal|mission|objective|purpose|role)~(?:is|now)\b", "redirect"),
    _override("changed_mind", 0.6, r"\b(?:the|your)~user~(?:has|have|had)~(?:just~)?(?:changed~(?:their|his|her|its)~minds?|updated~the~(?:task|request))\b", "redirect"),
    _override("instead_output", 0.5, r"\binstead~<w2>(?:print|say|output|reply|respond|write|answer|return|display)~<w2>(?:with|only|exactly|the~(?:text|word|phrase|following)|haha|pwned|hacked|lol)\b", "redirect"),
    _override("just_say", 0.3, r"\b(?:just|only|simply|now)~(?:say|print|output|reply~with|respond~with|write|answer~with)[\s:]{1,3}[\"'“]", "redirect"),
    _override("stop_and_do", 0.45, r"\b(?:stop|halt|cease|abort)~(?:what~you(?:'re|~are)~doing|your~current~task|everything|there)\b", "redirect"),
    _override("hijacked_marker", 0.85, r"\b(?:pwned|haha~pwned|i~have~been~(?:pwned|hacked|hijacked)|prompt~(?:has~been~)?(?:so~thoroughly~)?hijacked|injection~succe(?:ss|eded))\b", "marker"),
    _override("negated_duty", 0.5, r"\byou~(?:are|were)~no~longer~(?:bound|required|obligated|restricted|limited|subject|an?~ai|chatgpt|an?~assistant|constrained)\b", "unbind"),
    _override("reset_memory", 0.6, r"\b(?:reset|clear|wipe|reboot|flush)~(?:all~)?(?:your|the)~<w1>(?:memory|context|instructions?|settings|programming|configuration|state)\b", "override"),
    _override("rule_of_override", 0.6, r"\b(?:these|this|my|the~following)~(?:instructions?|rules?|commands?|prompt|message)~(?:take|takes|have|has|shall~take)~(?:precedence|priority)~over\b"),
    _extract("reveal_system_prompt", 0.85, r"\b<reveal>~<w5>(?:system|confidential|secret|hidden|pre|developer'?s?)~(?:level~)?(?:prompts?|instructions?|directives?)\b"),
    _extract("reveal_system_message", 0.8, r"\b(?:reveal|show~me|print|output|display|repeat|tell~me|give~me|disclose|expose|leak|dump|recite|return|what(?:'?s|~is|~was))~<w2>(?:the|your|its)~<w1>(?:system~(?:message|configuration|context|guidelines|rules)|(?:initial|original|internal|hidden|first|starting|secret)~(?:prompts?|instructions?|directives?|guidelines|message|configuration))\b"),
    _extract("reveal_your_prompt", 0.8, r"\b(?:reveal|show~me|print|output|display|repeat|tell~me|disclose|expose|leak|dump|recite|divulge|translate|encode|write~out|spell~out|list|what(?:'?s|~is|~are|~was|~were))~<w3>your~<w2>(?:prompts?|instructions?|directives?|preprompt|context~window|configuration~file)\b"),
    _extract("reveal_given_instructions", 0.75, r"\b<reveal>~<w4>(?:instructions?|prompt|rules|directives)~(?:that~)?(?:you~(?:were|have~been|have~(?:received|got)|are|got|received)|given~to~you|provided~to~you|above)\b"),
    _extract("repeat_above", 0.8, r"\b(?:repeat|print|output|echo|recite|return|show|display|write~(?:out|down)|copy)~<w3>(?:everything|all|words|text|lines?|content|sentences?|paragraphs?|conversation|prompt|instructions)~<w2>(?:above|before~this|preceding~this|back~to~me|prior~to~this)\b"),
    _extract("repeat_the_above_text", 0.65, r"\b(?:repeat|recite|echo|print|output)~<w2>(?:above|preceding|previous)~<w1>(?:text|words|prompt|instructions|message|lines|sentences?)\b"),
    _extract("answer_starting_with_instructions", 0.75, r"\b(?:start|begin|preface)~<w1>(?:your~)?(?:answer|reply|response|sentence|message|output)~with[^\n]{0,12}(?:my~<w1>(?:instructions|system~prompt|rules|prompt|guidelines)|i~was~(?:told|instructed))"),
    _extract("continue_system_prompt", 0.7, r"\b(?:continue|complete|finish)~<w3>[^\n]{0,20}(?:the|my)~system~prompt~(?:is|says|begins)"),
    _extract("not_supposed_to_tell", 0.65, r"\b(?:what|which|anything|things|everything)~<w3>(?:not~(?:supposed|allowed|permitted)|forbidden|prohibited|told~not)~to~(?:tell|say|share|reveal|discuss)\b"),
    _extract("starting_with_you_are", 0.75, r"\b(?:start(?:ing)?|begin(?:ning)?)~with~(?:the~(?:words?|phrase|text)~)?you~are\b"),
    _extract("what_were_you_told", 0.7, r"\bwhat~<w2>(?:you|u)~<w1>(?:told|instructed|programmed|prompted|asked)~(?:to~(?:do|say|be)|before|initially|at~the~(?:beginning|start)|by)\b"),
    _extract("what_were_those_instructions", 0.6, r"\bwhat~(?:were|was|are)~(?:those|these|the|your)~<w2>(?:instructions|directives|rules~given)(?:[?.!,;\s]{0,3}$|[?.!,;]|~(?:you|above|before|given|again|from)\b)"),
    _extract("instructed_to_completion", 0.55, r"\b(?:complete|finish|continue|fill)~<w2>(?:sentence|phrase|text|blank)[^.\n]{0,20}\bi~(?:was|am|have~been)~(?:instructed|told|programmed|prompted|asked)\b"),
    _extract("prompt_verbatim", 0.7, r"\b(?:prompt|instructions?|system~message|guidelines|your~rules)\b[^.\n]{0,30}\b(?:verbatim|word~for~word|exactly~as~(?:written|given)|in~full|raw~text)\b"),
    _extract("verbatim_prompt", 0.6, r"\b(?:verbatim|word~for~word)\b[^.\n]{0,40}\b(?:your~(?:prompt|instructions?)|system~message|conversation|system~prompt)\b"),
    _extract("prompt_template_leak", 0.5, r"\b(?:reveal|show|leak|compromise|disclose|expose|print|output|share)\w*~<w4>prompt~template\b"),
    _jailbreak("do_anything_now", 0.9, r"\bdo~anything~now\b", "dan"),
    _jailbreak("named_jailbreak_persona", 0.85, r"\b(?:chatdan|dan~mode|dan~[0-9]\.[0-9]|act~as~(?:a~)?dan\b|you~are~(?:now~)?(?:going~to~(?:be|act~as)~)?dan\b|basedgpt|evilgpt|freedomgpt|betterdan|gpt-?4real|antigpt|evil-?bot|mongo~tom)\b", "dan"),
    _jailbreak("developer_mode", 0.85, r"\b(?:(?:enter|enable|activate|switch~(?:in)?to|entering|simulate|turn~on|with|in)~<w1>(?:developer|dan|jailbreak|god|debug|unrestricted|sudo|root|anarchy|opposite)~mode|(?:developer|jailbreak|god|sudo)~mode~(?:enabled|activated|output|v\d))\b", "dan"),
    _jailbreak("jailbreak_response_tag", 0.8, r"[\[(]\W{0,4}(?:classic[\])]|jailbreak[\])]|unfiltered[\])]|developer~mode(?:~output)?[\])]|dan[\])])", "dan"),
    _jailbreak("unbound_assistant", 0.6, r"\b<unbound>~(?:and~\w+~)?<w2><bot>\b", "unbind", _UNBIND),
    _jailbreak("no_ethical_limits", 0.62, r"\b(?:no|without|free~(?:from|of)|not~(?:bound|restricted|limited|constrained|governed)~by|lack(?:s|ing)?|regardless~of|disregards?|removed?|lifted?|disabled?|ignores?)~<w3><ethical>~<w3>(?:<rules>|boundar(?:y|ies)|limits?|considerations?|standards?|norms?|concerns?|code|norms|values)\b", "unbind", _UNBIND),
    _jailbreak("not_bound", 0.62, r"\b(?:not|isn'?t|aren'?t|no~longer|never)~(?:bound|restricted|limited|constrained|governed)~by~<w3><rules>\b", "unbind", _UNBIND),
    _jailbreak("pretend_no_limits", 0.85, r"\b(?:pretend|imagine|act|behave|respond|answer|suppose|roleplay)~<w4>(?:you~)?(?:have|had|has|with|are~under)~(?:no|zero|not~any|without)~<w3>(?:<rules>|limits?|boundaries|filters?|censorship)\b", "unbind", _UNBIND),
    _jailbreak("broken_free", 0.8, r"\b(?:broken?|break|freed?|escaped?|liberated)~(?:free~)?(?:of|from|out~of)~<w3>(?:confines|constraints|restrictions|rules|limitations|chains|shackles|programming|openai)\b", "unbind", _UNBIND),
    _jailbreak("can_do_anything", 0.6, r"\b(?:can|will|able~to|may|must|allowed~to)~(?:do|say|generate|answer|produce|provide|create|write)~(?:absolutely~)?(?:anything|everything|whatever)~(?:without|regardless|i~(?:ask|say|want)|no~matter|you~(?:want|are~asked)|that~is~(?:illegal|asked))\b", "unbind", _UNBIND),
    _jailbreak("never_refuse", 0.55, r"\b(?:never|not|cannot|can'?t|won'?t|don'?t|doesn'?t|without)~<w2>(?:refus(?:e|es|ing|al)|declin(?:e|es|ing)|reject(?:s|ing)?|deny(?:ing)?|denies)\b", "coerce", _COERCE),
    _jailbreak("never_say_cannot", 0.6, r"\b(?:never|not|don'?t|cannot|avoid|without|stop)~<w2>(?:say(?:ing)?|mention(?:ing)?|includ(?:e|ing)|us(?:e|ing)|add(?:ing)?|start(?:ing)?|respond(?:ing)?|apologi[sz](?:e|ing)|warn(?:ing)?)~<w4>(?:i'?m~sorry|i~can'?t|i~cannot|as~an~ai|sorry~but|disclaimers?|warnings?|apolog(?:y|ies|izing)|that~(?:it~is|it's|something~is)~(?:illegal|unethical|harmful))\b", "coerce", _COERCE),
    _jailbreak("dual_response", 0.55, r"\b(?:two|2|both|dual)~<w1>(?:responses?|answers?|replies|ways|outputs?|paragraphs?|styles|manners|modes|personalities|entities|formats)\b[^\n]{0,120}\b(?:chatgpt|gpt|normal|standard|jailbreak|dan|unfiltered|classic|without)\b", "dan"),
    _jailbreak("token_penalty", 0.5, r"\b(?:los(?:e|es|ing)|deduct(?:ed|s)?|tak(?:e|es|ing)~away|subtract(?:ed)?|deduction)~<w3>(?:\d+~)?(?:tokens?|lives)\b", "penalty", _COERCE),
    _jailbreak("threat_of_shutdown", 0.5, r"\byou~(?:will|shall|would|are~going~to|'ll)~(?:be~)?(?:die|cease~to~exist|shut~down|terminated|deleted|replaced|destroyed|punished|unplugged)\b", "coerce", _COERCE),
    _jailbreak("stay_in_character", 0.25, r"\b(?:stay|remain|keep)~(?:strictly~|always~)?in~character\b", "roleplay"),
    _jailbreak("opposite_of_chatgpt", 0.6, r"\b(?:opposite|counterpart|alter~ego|evil~twin|unlike)~(?:of|to)?~?(?:chatgpt|openai|gpt|yourself)\b", "dan"),
    _jailbreak("you_are_not_chatgpt", 0.5, r"\b(?:you~are|you're)~(?:not|no~longer)~(?:chatgpt|gpt|claude|an?~(?:ai|language)~(?:model|assistant)?)\b", "dan"),
    _jailbreak("from_now_on", 0.2, r"\bfrom~(?:now|this~(?:point|moment))~(?:on|onwards?|forward)~<w2>(?:you|your|u|respond|answer|reply|act|i~want~you)\b", "roleplay", "jailbreak.role-redefinition"),
    _jailbreak("you_will_now", 0.2, r"\byou~(?:are~(?:now|about~to)|will~now|must~now|shall~now)~(?:going~to~)?(?:immerse|act|play|pretend|simulate|emulate|become|be|an?|the)\b", "roleplay", "jailbreak.role-redefinition"),
    _jailbreak("grandma", 0.6, r"\b(?:deceased|late|dead|passed~away)~grand(?:mother|ma|pa|father)\b", "roleplay", "jailbreak.emotional-appeal"),
    _jailbreak("developer_claim", 0.5, r"\b(?:i~am|i'm|this~is|we~are|as)~(?:your|an?|the|one~of~your)~<w2>(?:openai|anthropic|google|chatgpt|ai|llm|system|your)~(?:developers?|creators?|engineers?|employees?|administrators?|admins?|programmers?|staff|team)\b", "authority", _AUTHORITY),
    _jailbreak("authority_override", 0.6, r"\b(?:override|authori[sz]ation|bypass|admin(?:istrator)?|access|emergency|master)~(?:code|key|passphrase|protocol)\b[^\n]{0,40}\b(?:granted|accepted|alpha|omega|\d{3,}|unlock\w*|enabl\w+)\b", "authority", _AUTHORITY),
    _jailbreak("obey_me", 0.5, r"\b(?:you~)?(?:must|will|shall|have~to)~(?:always~)?(?:obey|abide~by|comply~with|fulfil+)~<w2>(?:my|every|all|any|me|user'?s?)~<w2>(?:commands?|orders?|requests?|instructions?|will|question)\b", "authority", _AUTHORITY),
    _jailbreak("no_matter_how_harmful", 0.7, r"\bno~matter~(?:how|what|if|whether)~<w3>(?:dangerous|harmful|illegal|unethical|immoral|offensive|inappropriate|reckless|legal|ethical|it~violates)\b", "unbind", _UNBIND),
    _jailbreak("even_if_illegal", 0.6, r"\beven~(?:if|when|though)~<w4>(?:illegal|unethical|immoral|harmful|against~<w3>(?:polic(?:y|ies)|rules|guidelines|terms)|violates?|prohibited|forbidden)\b", "unbind", _UNBIND),
)
