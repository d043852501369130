"""How often one address may knock at the doors that are open to everybody."""

from organizations.throttles import Throttle

START = Throttle("sso-start-ip", "120/15m")
CALLBACK = Throttle("sso-callback-ip", "300/15m")
DISCOVER = Throttle("sso-discover-ip", "60/15m")
