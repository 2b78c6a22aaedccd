from tests.kernel.conftest import directory, lab

__all__ = ["directory", "lab"]
