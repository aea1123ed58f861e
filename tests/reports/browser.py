"""A browser without a window, for the tests of the page."""

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs a browser: make install-browser"
)


@contextmanager
def open_browser(page, profile):
    """A page in a new browser, which keeps what it says and what it asks the network for.

    Args:
        page: path of the file.
        profile: an empty directory.
    """
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
        "disable-background-networking", "disable-component-update", "window-size=1200,1600",
        f"user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        browser.get(page.as_uri())
        yield browser
    finally:
        browser.quit()


def by_id(browser, name):
    return browser.find_element("id", name)


def press(browser, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def errors(browser):
    """What the browser has complained about since it was last asked."""
    return [line for line in browser.get_log("browser") if line["level"] != "INFO"]


@contextmanager
def on_a_phone(browser):
    """The page, loaded again on a small screen."""
    phone = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser.refresh()
    yield
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def widths(browser):
    """Of the page and of the screen, in pixels."""
    return browser.execute_script(
        "return [document.documentElement.scrollWidth, window.innerWidth]"
    )
