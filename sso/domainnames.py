"""Names of mail domains: their form, and those that belong to everybody."""

import re

# RFC 1035, 2.3.4, as ASCII (internationalised names in their A-label form).
NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")

# Whoever runs one of these mail services speaks for none of its users.
CONSUMER = frozenset(
    """
    126.com 163.com aim.com aol.com att.net bellsouth.net bigpond.com bluewin.ch btinternet.com charter.net
    comcast.net cox.net daum.net duck.com earthlink.net fastmail.com fastmail.fm foxmail.com free.fr
    freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk
    hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com inbox.com inbox.lv
    interia.pl juno.com laposte.net libero.it list.ru live.co.uk live.com live.de live.fr mac.com mail.com
    mail.de mail.ee mail.ru mailbox.org mailinator.com me.com msn.com naver.com ntlworld.com o2.pl onet.pl
    optonline.net orange.fr outlook.com outlook.de outlook.es outlook.fr passport.com pm.me posteo.de
    proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com rogers.com
    sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com sympatico.ca t-online.de talktalk.net terra.com.br
    tiscali.it tuta.com tuta.io tutanota.com uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr
    web.de windowslive.com wp.pl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de
    yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru yeah.net ymail.com zoho.com
    """.split()
)


def normalised(text: str) -> str:
    """Lower-case ASCII without a final dot. Raises ValueError for anything that is not a mail domain."""
    name = text.strip().rstrip(".")
    try:
        name = name.encode("idna").decode().lower()
    except UnicodeError as error:
        raise ValueError("is not a domain name") from error
    if not NAME.match(name):
        raise ValueError("is not a domain name")
    if name in CONSUMER:
        raise ValueError("belongs to a mail service that is open to everybody")
    return name
