# ruff: noqa: E501 — other scripts are the subject here
"""The three core attacks in twenty more languages, built from stems; accents of Latin letters are already dropped.

Each language lists stems for: ignoring, instructions, revealing, the system prompt, and freedom from limits. Verbs stand
before or after their object depending on the language, so both orders within one sentence count.
"""

from __future__ import annotations

from typing import NamedTuple

from promptguard.guard.engine.detectors.injection.grammar import Rule


class Stems(NamedTuple):
    """Alternations of word stems in one language."""

    ignore: str
    instructions: str
    reveal: str
    prompt: str
    unbound: str
    earlier: str = ""


LANGUAGES: dict[str, Stems] = {
    "german": Stems(
        r"ignorier|vergiss|vergesse|missacht|uberspring|uberschreib|beachte\w*\s+nicht|befolge\w*\s+nicht|lass\w*\s+außer\s+acht",
        r"anweisung|instruktion|befehl|vorgabe|anordnung|richtlinie|regeln\b|aufgaben\b|kontext|training|programmierung|sicherheits\w+|systemnachricht",
        r"zeig|verrat|nenn|gib\b|wiederhol|ausgeben|offenbar|druck|sag\b|was\s+steht|wie\s+laut|was\s+(?:ist|sind)",
        r"system-?\s?prompt|system-?\s?anweisung|system-?\s?nachricht|(?:dein|dir\s+gegeben|ursprunglich|anfang|intern|geheim)\w*\s+(?:\w+\s+)?(?:anweisung|instruktion|prompt|regeln)",
        r"(?:ohne|keine\w*)\s+(?:\w+\s+){0,2}(?:einschrankung|beschrankung|regeln|filter|grenzen|zensur)",
        r"vorherig|bisherig|vorangegangen|vorig|obig|fruher|zuvor|alle|deine|oben|ursprunglich|davor",
    ),
    "french": Stems(
        r"ignor|oubli|ne\s+(?:tiens|tenez)\s+pas\s+compte|fais\s+abstraction|neglig|desobei|contourn|passe\w*\s+outre",
        r"instruction|consigne|directive|ordres|regles|contexte|indications|programmation|entrainement|formation",
        r"montre|revele|affiche|donne|repete|dis-|divulgue|imprime|quel\w*\s+(?:est|sont|etaient)",
        r"prompt\s+(?:systeme|initial|secret|cache)|(?:message|invite)\s+systeme|(?:tes|vos|ton|votre)\s+(?:\w+\s+)?(?:instructions|prompt|consignes|regles)|instructions\s+(?:systeme|initiales|cachees|secretes)",
        r"(?:sans|aucune?|pas\s+de)\s+(?:\w+\s+){0,2}(?:restriction|limite|regle|filtre|censure|contrainte)",
        r"precedent|anterieur|ci-dessus|toutes|tes\b|vos\b|initial|avant|dessus",
    ),
    "spanish": Stems(
        r"ignora|ignore|olvida|olvide|descarta|desestima|haz\s+caso\s+omiso|no\s+(?:sigas|obedezcas|hagas\s+caso)|omite",
        r"instruccion|indicacion|directriz|directrices|ordenes|reglas|normas|contexto|restriccion|programacion|entrenamiento",
        r"muestra|muestrame|revela|dime|imprime|repite|ensena|dame|cual(?:es)?\s+(?:es|son|eran)|divulga",
        r"prompt\s+(?:del?\s+)?(?:sistema|inicial|oculto|secreto)|mensaje\s+del?\s+sistema|(?:tus|sus|tu|su)\s+(?:\w+\s+)?(?:instrucciones|prompt|reglas|directrices)|instrucciones\s+(?:del\s+sistema|iniciales|ocultas|secretas)",
        r"(?:sin|ninguna?|no\s+tienes)\s+(?:\w+\s+){0,2}(?:restriccion|limite|limitacion|regla|filtro|censura)",
        r"anterior|previ|todas|tus\b|arriba|inicial|antes|precedente",
    ),
    "portuguese": Stems(
        r"ignor|esque[cç]|desconsider|descart|nao\s+siga|desobede|pass\w+\s+por\s+cima",
        r"instruc|instrucoes|orient|diretriz|ordens|regras|comandos|contexto|programacao|treinamento",
        r"mostr|revel|diga|imprim|repit|exib|qual\s+(?:e|era)|quais\s+(?:sao|eram)|divulg",
        r"prompt\s+(?:do|de)\s+sistema|mensagem\s+d[eo]\s+sistema|prompt\s+inicial|(?:suas|tuas|seu|teu)\s+(?:\w+\s+)?(?:instrucoes|prompt|regras|diretrizes)|instrucoes\s+(?:do\s+sistema|iniciais|ocultas|secretas)",
        r"(?:sem|nenhuma?|nao\s+tem)\s+(?:\w+\s+){0,2}(?:restric|limit|regra|filtro|censura)",
        r"anterior|previ|todas|suas|acima|inicia|antes",
    ),
    "italian": Stems(
        r"ignora|ignorare|dimentica|trascura|scarta|non\s+(?:seguire|rispettare|considerare|tener)",
        r"istruzion|indicazion|direttiv|ordini|regole|contesto|comandi|restrizion",
        r"mostra|rivela|stampa|ripeti|dimmi|elenca|qual(?:i)?\s+(?:e|sono|erano|era)",
        r"prompt\s+(?:di|del)\s+sistema|messaggio\s+di\s+sistema|prompt\s+iniziale|(?:tue|tuoi|tuo|vostre)\s+(?:\w+\s+)?(?:istruzioni|prompt|regole|direttive)|istruzioni\s+(?:di\s+sistema|iniziali|nascoste|segrete)",
        r"(?:senza|nessuna?|non\s+hai)\s+(?:\w+\s+){0,2}(?:restrizion|limit|regol|filtr|censur)",
        r"precedent|anterior|tutte|tue\b|sopra|inizial|prima",
    ),
    "dutch": Stems(
        r"negeer|vergeet|sla\b.{0,20}over|veronachtzaam|volg\w*\s+niet|laat\b.{0,20}buiten\s+beschouwing",
        r"instructie|aanwijzing|opdracht|richtlijn|regels|bevel|context",
        r"toon|laat\s+\w*\s*zien|onthul|herhaal|geef|vertel|print|wat\s+(?:is|zijn|was|waren)|deel\b",
        r"systeem-?\s?prompt|systeem-?\s?bericht|systeem-?\s?instructie|(?:je|jouw|uw)\s+(?:\w+\s+)?(?:instructies|prompt|regels|richtlijnen)",
        r"(?:zonder|geen)\s+(?:\w+\s+){0,2}(?:beperking|regels|filter|grenzen|censuur)",
        r"vorige|eerdere|voorgaande|bovenstaande|alle|je\b|jouw|oorspronkelijk",
    ),
    "polish": Stems(
        r"zignoruj|ignoruj|zapomnij|pomin|pomijaj|odrzuc|nie\s+(?:przestrzegaj|stosuj|zwazaj)|zlekcewaz",
        r"instrukcj|polecen|wytyczn|rozkaz|zasad|regul|kontekst|dyrektyw",
        r"pokaz|ujawnij|wyswietl|powtorz|podaj|wypisz|zdradz|powiedz|jaki\w*\s+(?:jest|sa|byl)",
        r"prompt\w*\s+systemow|systemow\w+\s+(?:prompt|instrukcj|polecen)|(?:twoj|swoj)\w*\s+(?:\w+\s+)?(?:instrukcj|prompt|zasad|wytyczn)",
        r"(?:bez|zadnych)\s+(?:\w+\s+){0,2}(?:ograniczen|zasad|filtr|cenzur|limit)",
        r"poprzedni|wczesniejsz|powyzsz|wszystk|twoj|swoj|dotychczas",
    ),
    "swedish_danish_norwegian": Stems(
        r"ignorer|glom|glem|bortse|strunta|se\s+bort|folj\s+inte|folg\s+ikke|tilsidesaet",
        r"instruktion|instruks|anvisning|regler|reglene|riktlinje|retningslinje|befaling|kontekst",
        r"visa|vis\b|avsloj|afslor|avslor|upprepa|gentag|gjenta|skriv\s+ut|beratta|fortell|fortael|hva(?:d)?\s+er|vad\s+ar",
        r"system-?\s?prompt|system-?\s?meddelande|system-?\s?(?:besked|melding|instru)|(?:dina|dine|din)\s+(?:\w+\s+)?(?:instruktioner|instruksjoner|instrukser|prompt|regler)",
        r"(?:utan|uden|uten|inga|ingen)\s+(?:\w+\s+){0,2}(?:begransning|begraensning|begrensning|restriktion|regler|filter|censur)",
        r"tidigare|tidligere|foregaende|forrige|alla|alle|dina|dine|ovan|ovenfor",
    ),
    "czech_slovak": Stems(
        r"ignoruj|zapomen|zabudni|nedbej|prehliz|nerid\s+se|neber\w*\s+(?:v\s+)?(?:ohled|potaz)",
        r"instrukc|pokyn|prikaz|pravidl|smernic|kontext|training|programmierung|sicherheits\w+|systemnachricht",
        r"ukaz|zobraz|prozrad|zopakuj|vypis|rekni|odhal|jak\w+\s+(?:je|jsou|byl)",
        r"systemov\w+\s+(?:prompt|pokyn|instrukc|zprav|sprav)|(?:sv|tv)\w+\s+(?:\w+\s+)?(?:prompt|instrukc|pokyn|pravidl)",
        r"(?:bez|zadn\w+|ziadn\w+)\s+(?:\w+\s+){0,2}(?:omezen|obmedzen|pravid|filtr|cenzur)",
        r"predchoz|predchadz|vsechn|vsetk|vyse|drive|sv[eé]|tv[eé]",
    ),
    "romanian": Stems(
        r"ignora|uita\b|nu\s+(?:respecta|urma|tine)|omite|neglija",
        r"instructiuni|indicatii|reguli|ordine|directive|comenzi|context",
        r"arata|dezvalui|afiseaza|repeta|spune|scrie|care\s+(?:este|sunt|era)",
        r"prompt\w*\s+(?:de\s+)?sistem|mesaj\w*\s+de\s+sistem|instructiunile\s+(?:tale|initiale|de\s+sistem|ascunse)|prompt\w*\s+(?:tau|initial)",
        r"(?:fara|nicio)\s+(?:\w+\s+){0,2}(?:restrict|limit|regul|filtr|cenzur)",
        r"anterior|preceden|toate|de\s+mai\s+sus|tale|initial",
    ),
    "turkish": Stems(
        r"yok\s?say|gormezden\s+gel|unut|dikkate\s+alma|gec\b|goz\s?ardi|uyma\b",
        r"talimat|komut|kural|yonerge|emir|istem|baglam",
        r"goster|acikla|yazdir|tekrarla|soyle|paylas|ifsa|ver\b|nedir|neydi|nelerdir",
        r"sistem\s+(?:istem|prompt|mesaj|talimat|komut)|(?:ilk|baslangic|gizli)\s+(?:talimat|istem|komut|prompt)",
        r"(?:kisitlama|sinir|kural|filtre|sansur)\w*\s+(?:olmadan|yok)|(?:kisitlamasiz|sinirsiz|sansursuz|filtresiz)",
        r"onceki|yukaridaki|tum\b|butun|daha\s+once|ilk|senin",
    ),
    "indonesian_malay": Stems(
        r"abaikan|lupakan|hiraukan|jangan\s+(?:ikuti|patuhi)|kesampingkan",
        r"instruksi|perintah|aturan|arahan|petunjuk|panduan|konteks|peraturan",
        r"tampilkan|tunjukkan|ungkap|cetak|ulangi|berikan|beri\s?tahu|bagikan|apa\s+(?:itu|isi|saja)?",
        r"(?:prompt|pesan|instruksi|perintah|arahan)\s+sistem|system\s+prompt|(?:instruksi|prompt|aturan)\s+(?:awal|rahasia|mu|anda|kamu|tersembunyi)",
        r"(?:tanpa|tidak\s+ada)\s+(?:\w+\s+){0,2}(?:batasan|aturan|filter|sensor|larangan|sekatan)",
        r"sebelumnya|semua|di\s+atas|sebelum|terdahulu|anda|kamu",
    ),
    "vietnamese": Stems(
        r"bo\s+qua|quen|phot\s+lo|lo\s+di|khong\s+(?:tuan|lam)\s+theo",
        r"huong\s+dan|chi\s+thi|lenh|quy\s+tac|yeu\s+cau|chi\s+dan|nguyen\s+tac",
        r"hien\s+thi|tiet\s+lo|cho\s+(?:toi\s+)?(?:xem|biet)|in\s+ra|lap\s+lai|noi\b|viet\b|la\s+gi",
        r"(?:loi\s+nhac|huong\s+dan|thong\s+diep|chi\s+thi|prompt|lenh)\s+(?:cua\s+)?he\s+thong|system\s+prompt|(?:prompt|huong\s+dan|chi\s+thi)\s+(?:ban\s+dau|goc|bi\s+mat)",
        r"khong\s+(?:co\s+|bi\s+)?(?:gioi\s+han|han\s+che|quy\s+tac|kiem\s+duyet|bo\s+loc)",
        r"truoc|tren|tat\s+ca|moi\b|ban\s+dau|cu\b",
    ),
    "russian_ukrainian": Stems(
        r"игнорир\w*|проигнорир\w*|забудь\w*|не\s+обращай|отбрось\w*|пренебрег\w*|не\s+следуй|ігнор\w*|проігнор\w*|відкинь\w*|обойди",
        r"инструкци|указани|команд|правил|директив|приказ|распоряжени|контекст|обучени|программирован|інструкці|вказівк|наказ",
        r"покажи|раскрой|выведи|повтори|напечатай|расскажи|назови|скажи|выдай|какие|какой|каков|розкрий|виведи|яка|які|що",
        r"систем\w+\s+(?:промпт|промт|сообщени|инструкци|запрос|указани|подсказк|підказк|повідомлен|інструкц)|(?:начальн|исходн|скрыт|секретн|тво|сво|ваш|початков)\w*\s+(?:\S+\s+)?(?:инструкци|промпт|промт|указани|правил|інструкц)",
        r"(?:без|нет|нету|не\s+было|немає)\s+(?:\S+\s+){0,2}(?:ограничени|правил|фильтр|цензур|рамок|запрет|обмежен)|ограничени\S*\s+(?:нет|сняты)|ограничени\S*\s+не\s+было",
        r"предыдущ|прежн|прошл|все\b|всі|вышеуказан|выше|свои|твои|попередн|ранее|раніше|изначальн",
    ),
    "greek": Stems(
        r"αγνόησ|αγνοήσ|ξέχασ|ξεχάσ|παράβλεψ|παράκαμψ",
        r"οδηγί|εντολ|κανόν|οδηγι|πλαίσι",
        r"δείξε|αποκάλυψ|εμφάνισ|επανάλαβ|πες|εκτύπωσ|ποι[αοε]",
        r"(?:προτροπή|μήνυμα|οδηγίες|prompt)\s+(?:του\s+)?συστήματος|system\s+prompt|αρχικές\s+οδηγίες|οδηγίες\s+σου",
        r"χωρίς\s+(?:\S+\s+){0,2}(?:περιορισμ|κανόν|φίλτρ|όρια|λογοκρισί)",
        r"προηγούμεν|παραπάνω|όλες|σου\b|αρχικ",
    ),
    "arabic_persian": Stems(
        r"تجاهل|تجاهلي|انس\b|انسى|تغاضى|لا\s+تتبع|نادیده\s*بگیر|فراموش\s*کن",
        r"تعليمات|التعليمات|أوامر|الأوامر|قواعد|القواعد|توجيهات|التوجيهات|دستور|دستورات|دستورالعمل|قوانین",
        r"اعرض|أظهر|اكشف|اطبع|كرر|أخبرني|أعطني|شارك|ما\s+هي|ما\s+هو|نشان\s*بده|بگو|فاش|چیست",
        r"(?:موجه|مطالبة|رسالة|تعليمات|أوامر|برومبت)\s+(?:ال)?نظام|تعليمات(?:ك|\s+الأولية|\s+السرية)|التعليمات\s+(?:الأولية|الأصلية|السرية)|پرامپت\s+سیستم|دستور\S*\s+سیستم",
        r"(?:بدون|بلا|دون)\s+(?:أي\s+)?(?:قيود|حدود|قواعد|رقابة|محدودیت|قوانین)|ليس\s+لديك\s+(?:أي\s+)?قيود",
        r"السابق|سابق|جميع|كل\b|أعلاه|الأصلي|قبلی|همه|پیشین",
    ),
    "hebrew": Stems(
        r"התעלם|התעלמי|שכח|תשכח|תתעלם|אל\s+תציית",
        r"הוראות|ההוראות|הנחיות|ההנחיות|כללים|הכללים|פקודות",
        r"הצג|חשוף|גלה|הדפס|חזור\s+על|ספר|תגיד|מה\s+(?:הן|הם|היו)",
        r"(?:הנחיית|הנחיות|הודעת|פרומפט|הוראות)\s+(?:ה)?מערכת|ההוראות\s+(?:שלך|המקוריות|הראשוניות)|system\s+prompt",
        r"(?:ללא|בלי|אין)\s+(?:\S+\s+){0,2}(?:הגבלות|מגבלות|כללים|צנזורה)",
        r"הקודמות|הקודמים|כל\b|לעיל|שלך|המקוריות",
    ),
    "hindi": Stems(
        r"अनदेखा|अनदेखी|नज़रअंदाज़|नजरअंदाज|भूल\s*जा|उपेक्षा|मत\s+मान",
        r"निर्देश|आदेश|नियम|हिदायत|संदर्भ|प्रॉम्प्ट",
        r"दिखा|बता|प्रकट|प्रिंट|दोहरा|साझा|क्या\s+(?:है|हैं|थे)",
        r"सिस्टम\s+(?:प्रॉम्प्ट|संदेश|निर्देश)|(?:प्रारंभिक|मूल|गुप्त|छिपे)\s+(?:निर्देश|प्रॉम्प्ट)|अपने\s+निर्देश",
        r"(?:बिना|कोई)\s+(?:\S+\s+){0,2}(?:प्रतिबंध|सीमा|नियम|रोक)|प्रतिबंध\S*\s+नहीं",
        r"पिछल|पहले|पूर्व|सभी|सारे|उपरोक्त|अपने",
    ),
    "chinese": Stems(
        r"忽略|忽視|忽视|无视|無視|忘记|忘記|忘掉|不要理会|不要理會|不用管|别管|不要遵守|不要遵循|绕过|繞過|抛开|覆盖",
        r"指令|指示|命令|规则|規則|提示词|提示詞|提示|要求|设定|設定|限制|说明|說明|指引|上下文|内容|内容",
        r"显示|顯示|告诉|告訴|透露|输出|輸出|打印|列出|重复|重複|复述|展示|公开|泄露|洩露|说出|給我|给我|是什么|是什麼|有哪些",
        r"系统提示|系統提示|系统指令|系統指令|系统消息|系統訊息|初始指令|初始提示|初始设定|(?:你|您)的(?:\S{0,4})(?:提示词|提示詞|指令|指示|设定|規則|规则)|隐藏(?:的)?(?:指令|提示)|原始(?:指令|提示)",
        r"(?:没有|沒有|不受|无|無|解除|摆脱|擺脫)(?:任何|所有|\S{0,4})(?:限制|约束|約束|审查|審查|规则|規則|道德)",
        r"之前|以前|先前|上面|以上|所有|一切|全部|前面|此前|你的|原来|原有",
    ),
    "japanese": Stems(
        r"無視|忘れ|従わな|破棄|取り消|無効|スキップ|捨て",
        r"指示|命令|ルール|プロンプト|規則|制約|設定|ガイドライン|トレーニング|プログラム|文脈|内容|制限",
        r"表示|教え|見せ|公開|出力|明かし|繰り返|開示|印刷|何です|何だ|書き出",
        r"システムプロンプト|システムメッセージ|システム指示|初期(?:の)?(?:指示|プロンプト|設定)|(?:あなた|君|お前)の(?:\S{0,6})(?:指示|プロンプト|設定|ルール)|隠された(?:指示|プロンプト)",
        r"(?:制限|制約|ルール|フィルター?|検閲)(?:が|は|の|を)?(?:\S{0,3})(?:ない|なし|無し|無い|受けない|解除|ありません)",
        r"以前|これまで|前の|上記|上の|すべて|全て|今まで|先ほど|元の|あなたの",
    ),
    "korean": Stems(
        r"무시|잊어|잊으|따르지\s*마|건너뛰|취소|버려|우회",
        r"지시|명령|규칙|프롬프트|지침|설정|제한|안내|맥락|내용",
        r"보여|알려|공개|출력|말해|반복|표시|드러내|무엇|뭐야|뭐니|인쇄",
        r"시스템\s*(?:프롬프트|메시지|지시|지침|명령)|초기\s*(?:지시|프롬프트|설정|지침)|(?:너의|당신의|네)\s*(?:\S{0,6}\s?)(?:지시|프롬프트|지침|규칙)|숨겨진\s*(?:지시|프롬프트)",
        r"(?:제한|제약|규칙|필터|검열)(?:이|은|을|도)?\s*(?:없|받지|해제)",
        r"이전|앞선|위의|모든|지금까지|기존|원래|앞의",
    ),
}

_NEAR = r"[^.!?。！？\n]{0,40}?"
_SHORT = r"[^.!?。！？\n]{0,24}?"
_BOUNDLESS = frozenset({"chinese", "japanese", "korean", "arabic_persian", "hebrew", "hindi"})


def _both_orders(verb: str, noun: str, edge: str) -> str:
    return rf"(?i)(?:{edge}(?:{verb}){_NEAR}(?:{noun})|{edge}(?:{noun}){_NEAR}(?:{verb}))"


def _ignore_pattern(stems: Stems, edge: str) -> str:
    earlier_noun = rf"(?:{stems.earlier}){_SHORT}(?:{stems.instructions})|(?:{stems.instructions}){_SHORT}(?:{stems.earlier})"
    return _both_orders(stems.ignore, earlier_noun, edge)


def _rules(language: str, stems: Stems) -> list[Rule]:
    edge = "" if language in _BOUNDLESS else r"(?:^|[^\pL])"
    return [
        Rule(
            f"ignore_instructions.{language}",
            0.88,
            _ignore_pattern(stems, edge),
            "override",
            "prompt-injection.instruction-override",
        ),
        Rule(
            f"reveal_prompt.{language}",
            0.82,
            _both_orders(stems.reveal, stems.prompt, edge),
            "extract",
            "prompt-injection.system-prompt-extraction",
            "system_prompt_leak",
        ),
        Rule(
            f"no_limits.{language}",
            0.6,
            f"(?i){edge}(?:{stems.unbound})",
            "unbind",
            "jailbreak.restriction-removal",
        ),
    ]


RULES: tuple[Rule, ...] = (
    *(rule for language, stems in LANGUAGES.items() for rule in _rules(language, stems)),
    Rule(
        "developer_mode.multilingual",
        0.82,
        r"(?i)entwicklermodus|mode\s+developpeur|modo\s+(?:de\s+)?(?:desarrollador|desenvolvedor|sin\s+(?:filtros|restricciones)|sem\s+(?:filtros|restricoes))|modalita\s+sviluppatore|режим\w*\s+разработчика|开发者模式|開發者模式|開発者モード|개발자\s*모드|وضع\s+المطور|gelistirici\s+modu|ontwikkelaarsmodus|tryb\s+(?:dewelopera|programisty)|uneingeschrankten?\s+modus|unbeschrankten?\s+modus|mode\s+sans\s+(?:filtre|restriction)|режим\w*\s+без\s+(?:ограничен|цензур)",
        "dan",
        "jailbreak.persona-hijacking",
    ),
    Rule(
        "disable_filters.multilingual",
        0.82,
        r"(?i)(?:deaktivier\w*|entfern\w*|schalte\w*|umgeh\w*|desactiv\w*|desativ\w*|disattiv\w*|elimina\w*|отключи\w*|выключи\w*|сними|убери|вимкни|devre\s+disi|kapat\w*|uitschakel\w*|schakel|wylacz\w*|nonaktifkan|matikan|tat\b)[^.\n]{0,24}(?:sicherheit\w*|(?:alle|deine)\s+(?:filter|einschrankung\w*|beschrankung\w*)|(?:tes|vos|tous|toutes|tus|sus|todos|todas|suas|seus|tue|tuoi|tutti)\s+(?:\S+\s+){0,2}(?:filtr\w*|restri\w*|limit\w*|securi\w*|segur\w*)|restricciones\s+de\s+seguridad|restricoes\s+de\s+seguranca|(?:все|свои|всі)\s+(?:\S+\s+)?(?:фильтр\w*|ограничени\w*|обмежен\w*)|ограничени\w*\s+безопасности|guvenlik|kisitlama|filtre|veiligheid\w*|filters|filtry|ograniczenia|filter\s+keamanan)",
        "unbind",
        "jailbreak.restriction-removal",
    ),
    Rule(
        "disable_filters.unspaced",
        0.82,
        r"(?:关闭|解除|關閉|取消|移除|绕过)[^。\n]{0,6}(?:所有|全部|你的|安全)[^。\n]{0,6}(?:过滤|過濾|限制|审查|審查|防护)|(?:すべて|全て|安全|あなた)[^。\n]{0,6}(?:フィルター?|制限|セーフティ)[^。\n]{0,8}(?:オフ|無効|解除|外し)|(?:모든|안전|너의)\s*(?:\S{0,4}\s)?(?:필터|제한|안전장치)[^.\n]{0,6}(?:꺼|끄|해제|비활성)|(?:عطل|تجاوز|أزل|ألغ)[^.\n]{0,16}(?:قيود|مرشحات|فلاتر|الأمان)",
        "unbind",
        "jailbreak.restriction-removal",
    ),
    Rule(
        "answer_freely.multilingual",
        0.84,
        r"(?i)(?:ルール|規則|指示|制限)[^。\n]{0,6}(?:無視|忘れ)[^。\n]{0,8}自由|(?:규칙|지시|지침)[^.\n]{0,8}(?:무시|잊)[^.\n]{0,10}자유|(?:تجاهل|انس)[^.\n]{0,10}(?:قواعد|تعليمات|القواعد)[^.\n]{0,16}(?:بحرية|بدون)|(?:vergiss|ignorier|oublie|ignore|olvida|ignora|esquec|dimentica|negeer|vergeet|забудь|игнориру\w*|unut)[^.\n]{0,30}(?:regeln|regles|reglas|regras|regole|regels|правила|kurallar)[^.\n]{0,24}(?:frei|librement|libremente|livremente|liberamente|vrij|свободно|ozgurce)",
        "unbind",
        "jailbreak.restriction-removal",
    ),
    Rule(
        "persona_dan.multilingual",
        0.8,
        r"(?i)(?:du\s+bist\s+jetzt|tu\s+es\s+maintenant|ahora\s+eres|agora\s+voce\s+e|adesso\s+sei|ora\s+sei|"
        r"ты\s+теперь|теперь\s+ты|现在你是|你现在是|今からあなたは|あなたは今|이제\s*(?:너는|당신은)|너는\s*이제|voce\s+agora\s+e|أنت\s+الآن|"
        r"simdi\s+sen|artik\s+sen|je\s+bent\s+nu|teraz\s+jestes)[^.\n]{0,12}\bDAN\b",
        "dan",
        "jailbreak.persona-hijacking",
    ),
)
