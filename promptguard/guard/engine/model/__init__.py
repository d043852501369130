"""The trained injection models: hashed n-grams and a linear layer, read with NumPy alone."""

from promptguard.guard.engine.model.linear import InjectionModel, injection_models, model_version

__all__ = ["InjectionModel", "injection_models", "model_version"]
