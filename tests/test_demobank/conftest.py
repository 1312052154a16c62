"""A small bank, written once for all tests of this folder and only ever read."""

import pytest

from postloan.demobank.generator import Settings, make_demo_bank
from tests.test_demobank.reading import Extracts


@pytest.fixture(scope="session")
def extracts(tmp_path_factory) -> Extracts:
    folder = tmp_path_factory.mktemp("demobank")
    make_demo_bank(folder / "bank", folder / "truth.json", Settings(customers=120, months=4, seed=3))
    return Extracts(folder / "bank", folder / "truth.json")
