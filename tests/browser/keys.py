"""What somebody without a mouse presses."""

import pytest
from playwright.sync_api import Locator, Page, expect


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there."""
    expect(wanted).to_be_visible()
    for _ in range(90):
        if wanted.evaluate("one => one === one.getRootNode().activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no Tab leads to {wanted}")


def press_on(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go there with Tab and press a key."""
    tab_to(page, wanted)
    page.keyboard.press(key)
