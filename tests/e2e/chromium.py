"""A real browser without a window, for pages that need one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.wait import WebDriverWait

SECONDS = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1000,800",
    # Nothing but this machine: a page that refers to another shows it by failing.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[WebDriver]:
    """A browser with an empty profile. Skips where none is installed."""
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("neither Chromium nor its driver is installed")
    options = Options()
    options.binary_location = binary
    for argument in ARGUMENTS:
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


class Person:
    """Looks, types and clicks; whatever is not there yet is waited for."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, SECONDS)

    def type(self, name: str, text: str) -> None:
        field = self.wait.until(expected.visibility_of_element_located((By.NAME, name)))
        field.clear()
        field.send_keys(text)

    def click(self, words: str) -> None:
        """The button, or the link that looks like one, with these words."""
        path = f"//*[self::button or self::a][contains(., '{words}')]"
        self.wait.until(expected.element_to_be_clickable((By.XPATH, path))).click()

    def sees(self, words: str) -> None:
        self.wait.until(expected.text_to_be_present_in_element((By.TAG_NAME, "body"), words))

    def arrives_at(self, url: str) -> None:
        self.wait.until(expected.url_contains(url))

    def complaints(self, url: str) -> list[str]:
        """What the browser itself found wrong with the pages at `url`."""
        found = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in found if entry["message"].startswith(url)]
