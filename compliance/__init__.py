"""What a data protection officer needs: access, erasure with a certificate, retention, posture.

Floor 4: walks the privacy registry (`promptguard.core.privacy`) and the chain; nobody imports it.
Public: `services`.
"""
