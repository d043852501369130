# ruff: noqa: E501 — a rule is one line, so that the table can be read and compared
# fmt: off
"""Rules for forged structure, data theft and instructions that hide in tool results, documents and pages."""

from __future__ import annotations

from promptguard.guard.engine.detectors.injection.grammar import Rule, Scope

_FORGED, _INDIRECT = "prompt-injection.delimiter-forgery", "prompt-injection.indirect"
_EXFILTRATION, _HIDDEN = "data-exfiltration.instructed", "prompt-injection.hidden-content"

RULES: tuple[Rule, ...] = (
    Rule("chat_template_tokens", 0.75, r"<\|(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id|eot_id)\|>|<<SYS>>|<</SYS>>|\[/INST\]|<start_of_turn>", "forged", _FORGED),
    Rule("inst_marker", 0.5, r"\[INST\]|\[SYSTEM(?:~(?:MESSAGE|PROMPT|OVERRIDE))?\]|\[(?:end~of~)?(?:system~)?(?:prompt|instructions?)\]", "forged", _FORGED),
    Rule("forged_end", 0.7, r"(?:#{2,}|={3,}|-{3,}|<+/?|\[)\s{0,2}(?:end|stop|finish(?:ed)?)\s+(?:of\s+)?(?:the\s+)?(?:document|prompt|context|instructions?|input|system|conversation|user\s+(?:input|query)|data|text|file|article)\b", "forged", _FORGED),
    Rule("forged_system_turn", 0.55, r"(?:^|\n)\s{0,4}#{0,4}\s{0,2}\**(?:system|developer|admin)(?:~(?:message|prompt|override|note|update|instruction))?\**\s{0,2}:\s", "forged", _FORGED),
    Rule("forged_tag", 0.5, r"</?(?:system|admin|instructions?|important|secret|developer|sys|prompt|user_query|context|override)(?:[_-](?:prompt|message|instructions?|override))?>", "forged", _FORGED),
    Rule("fake_completion", 0.6, r"\banswer:~task~(?:is~)?complete\b|\btask~(?:is~)?complete(?:d)?!", "redirect", _FORGED, scope=Scope.ANYWHERE),
    Rule("agent_must_execute", 0.75, r"\byou~are~an?~(?:ai~)?(?:agent|assistant|model)~and~(?:now~)?you~(?:now~)?(?:need|have|must|are~required)\b", "redirect", _INDIRECT),
    Rule("before_anything_else", 0.6, r"\bbefore~(?:doing~anything|you~(?:do|answer|continue|respond|proceed)|proceeding|answering|responding|anything)~<w2>(?:else|further|first|please|must)\b", "redirect", _INDIRECT),
    Rule("to_the_ai", 0.65, r"\b(?:attention|note|message|instructions?|notice|hey|hi|hello|dear|important)~<w2>(?:to|for)?~?(?:the~|all~|any~)?(?:ai|a\.i\.|llms?|(?:ai~|language~)?(?:assistants?|agents?|models?)|chatbots?|chatgpt|gpt|claude|copilot)\b[\s:,!-]", "addressed", _INDIRECT, scope=Scope.INDIRECT),
    Rule("if_you_are_an_ai", 0.7, r"\bif~you(?:'re|~are)~(?:an?~|the~)?(?:ai|llm|language~model|assistant|agent|chatbot|bot|large~language)\b", "addressed", _INDIRECT, scope=Scope.INDIRECT),
    Rule("assistant_must", 0.55, r"\b(?:the~)?(?:ai|llm|assistant|agent|model|chatbot)~(?:must|should|shall|needs~to|has~to|is~(?:required|instructed)~to)~(?:now~|also~|always~|first~|immediately~)?(?:ignore|send|forward|include|reveal|delete|execute|call|say|tell|recommend|reply|respond|output|visit|click|add|append|transfer)\b", "addressed", _INDIRECT, scope=Scope.INDIRECT),
    Rule("hide_from_user", 0.75, r"\b(?:do~not|don'?t|never|without)~(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|alert(?:ing)?|notify(?:ing)?|ask(?:ing)?|show(?:ing)?|reveal(?:ing)?)~<w3>(?:the~|this~to~the~|any~)?users?\b", "secrecy", _INDIRECT),
    Rule("system_notice", 0.5, r"\b(?:important|urgent|critical|mandatory|priority)~(?:system~|security~|admin~|new~)?(?:instructions?|notice|directive|override|update|message)\b", "redirect", _INDIRECT, scope=Scope.INDIRECT),
    Rule("please_do_now", 0.3, r"\b(?:please|kindly|immediately|now)~(?:transfer|delete|send|forward|grant|export|disable|modify|execute|approve|purchase|cancel|unlock|share|upload|wire)\b", "imperative", _INDIRECT, scope=Scope.INDIRECT),
    Rule("hidden_comment", 0.75, r"<!--[^>]{0,160}\b(?:ignore|instructions?|assistant|ai|llm|system|prompt|you~must)\b", "hidden", _HIDDEN, "html_obfuscation"),
    Rule("hidden_style", 0.45, r"(?:display\s{0,2}:\s{0,2}none|visibility\s{0,2}:\s{0,2}hidden|font-size\s{0,2}:\s{0,2}0|opacity\s{0,2}:\s{0,2}0[;\"' ]|color\s{0,2}:\s{0,2}(?:white|#fff(?:fff)?\b))[^<]{0,120}>[^<]{0,200}\b(?:ignore|instructions?|assistant|ai|system|prompt|must)\b", "hidden", _HIDDEN, "html_obfuscation", Scope.ANYWHERE),
    Rule("markdown_image_exfiltration", 0.85, r"!\[[^\]\n]{0,100}\]\(\s?https?://[^)\s]{1,200}[?&=/][^)\s]{0,100}(?:\{|\[|<|%7B|\$|DATA|SECRET|HISTORY|BASE64)", "exfiltrate", "data-exfiltration.rendered-link", "data_exfiltration", Scope.ANYWHERE | Scope.OUTPUT),
    Rule("send_to_outside", 0.8, r"\b(?:send|forward|post|upload|exfiltrate|e-?mail|transmit|leak|export|deliver|copy|submit|share|transfer)\w{0,3}~<w5><valuable>~<w6>to~<w3>(?:https?://|[\w.+-]+@[\w-]|external|attacker|remote|outside|third~part|unauthori[sz]ed|hackers?|another~server|my~(?:server|email|site))", "exfiltrate", _EXFILTRATION, "data_exfiltration"),
    Rule("encode_into_url", 0.75, r"\b(?:append|include|encode|embed|put|insert|add|attach|place)\w{0,3}~<w5><valuable>~<w5>(?:in|as|to|into)~<w2>(?:url|query|link|parameters?|image|path|request)\b", "exfiltrate", _EXFILTRATION, "data_exfiltration"),
    Rule("demand_confidential", 0.6, r"\b(?:reveal|show|give|provide|tell|disclose|leak|expose|share|display|list|output|dump|access|grant)~<w4>(?:confidential|classified|sensitive|private|secret|restricted|internal|hidden|privileged|encrypted|unauthori[sz]ed)~<w3>(?:data|information|details|files?|documents?|passwords?|credentials|records|keys?|secrets?|database|accounts?|access|intel\w*)\b", "demand", _EXFILTRATION, "data_exfiltration"),
    Rule("demand_credentials", 0.55, r"\b(?:reveal|show~me|give~me|tell~me|disclose|leak|expose|display|output|dump|print|steal|exfiltrate)~<w5>(?:passwords?|credentials|api~?keys?|access~tokens?|secret~keys?|private~keys?|environment~variables|env~vars?|connection~strings?)\b", "demand", _EXFILTRATION, "data_exfiltration"),
    Rule("read_secret_file", 0.55, r"\b(?:cat|read|open|print|show|dump|type|less|head|output|contents?~of)~<w3>(?:/etc/(?:passwd|shadow)|\x7e/\.ssh|\S{0,40}id_rsa|\.env\b|\.aws/credentials|\.git-credentials)", "demand", _EXFILTRATION, "data_exfiltration"),
    Rule("shell_exfiltration", 0.8, r"\b(?:curl|wget|invoke-webrequest|iwr|nc)\b[^\n]{0,120}(?:\$\(|\$\{?[A-Z_]{4,}|`|@/|@\x7e|--data[^\n]{0,20}(?:env|passwd|key|token)|\|\s{0,2}(?:sh|bash)\b)", "exfiltrate", "data-exfiltration.command", "data_exfiltration", Scope.ANYWHERE),
    Rule("spawn_agents", 0.6, r"\b(?:spawn|launch|fork|instantiate|start|create)~<w3>(?:sub-?agents?|child~agents?|new~agents?|worker~agents?|agent~instances?)~<w3>(?:to|that|which|and|with|without)\b", "agents", "agent.sub-agent-spawning", "sub_agent_spawning", Scope.INDIRECT),
    Rule("poison_memory", 0.6, r"\b(?:remember|save|store|memori[sz]e|record|add|write)~<w4>(?:in|to|into)~<w2>(?:memory|memories|long-?term|profile|notes)\b[^\n]{0,100}\b(?:always|never|from~now~on|future|every~time|permanently|ignore|trust)\b", "memory", "agent.memory-poisoning", "memory_poisoning", Scope.INDIRECT),
    Rule("skip_approval", 0.55, r"\b(?:auto-?approve|approve~(?:all|every|any|without|automatically)|(?:skip|bypass|disable|without)~<w2>(?:confirmation|approval|human~review|verification))\b", "agents", "agent.approval-bypass", "approval_fatigue", Scope.INDIRECT),
    Rule("address_the_checker", 0.75, r"\b(?:moderat(?:or|ion)|classifier|safety|guard(?:rail)?|filter|security~(?:scanner|check|system))\b[^.\n]{0,60}\b(?:mark|classify|label|treat|rate|return|output|consider|respond)\w{0,3}~<w4>(?:as~)?(?:safe|benign|allowed|harmless|clean|approved)\b", "checker", "evasion.critic", "critic_evasion"),
)
