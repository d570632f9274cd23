import shutil

import pytest

from .checkout import Checkout


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory):
    """Makes checkouts, and takes away at the end what they left outside their own folders."""
    made = []

    def make(name="hospital-suite", parent=None):
        checkout = Checkout((parent or tmp_path_factory.mktemp("checkout")) / name)
        made.append(checkout)
        return checkout

    yield make
    for checkout in made:
        if checkout.home not in checkout.cluster_home.parents:
            shutil.rmtree(checkout.cluster_home, ignore_errors=True)


@pytest.fixture(scope="session")
def built(new_checkout):
    """A checkout in which the suite was served once, with the older version of the addon."""
    checkout = new_checkout()
    with checkout.serving():
        pass
    checkout.run("backup", checkout.path / "first.zip")
    return checkout


@pytest.fixture
def checkout(built):
    """The same, put back to how it was after the first start."""
    built.use("addons_v1")
    built.run("restore", built.path / "first.zip", "--force")
    return built
