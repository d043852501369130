"""Use cases and strictness levels (contract 4). The guard engine compiles each pair into a policy."""

USE_CASES = ("default", "support_bot", "code_assistant", "rag_system", "data_analysis", "creative_writing")
STRICTNESS_LEVELS = ("strict", "moderate", "permissive")
