"""The trained injection model: hashed n-grams and a linear layer, read with NumPy alone."""

from promptguard.guard.engine.model.linear import InjectionModel, injection_model, model_version

__all__ = ["InjectionModel", "injection_model", "model_version"]
