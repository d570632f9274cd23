"""A pytest plugin for `./hospital test --fast`: leaves out the classes an addon tagged ``slow``."""


def pytest_collection_modifyitems(config, items):
    slow = [item for item in items if "slow" in (getattr(getattr(item, "cls", None), "test_tags", None) or ())]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]
