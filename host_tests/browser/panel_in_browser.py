"""The panel in a real browser: a session by its buttons alone, keys, faults, the central system's side, narrow and wide. `make test-panel` runs this.

It needs nicegui, selenium, chromium and its driver, which `make test` does not install: so its name is not one that pytest looks for by itself.
With PICTURES=folder in the environment it leaves pictures of the page there, in the middle of the session.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webelement import WebElement

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tools" / "run_panel.py"
WIDTHS = {360: 780, 800: 1100, 1600: 1240}
LIMIT_S = 40


def _start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), "--open", "no", *options]
    # A server that notices pytest around it would wait for nicegui's own way of testing.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment)


def _url(panel: subprocess.Popen[str]) -> str:
    assert panel.stdout is not None
    line = panel.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found.group()


def _children(pid: int) -> list[int]:
    """All processes under one, deepest last."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found


class Browser:
    """A chromium that looks at one panel."""

    def __init__(self, url: str) -> None:
        options = webdriver.ChromeOptions()
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--force-device-scale-factor=1", "--hide-scrollbars"):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or "chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        self.resize(1600)
        self.driver.get(url)

    def resize(self, width: int) -> None:
        """Make the page so wide; it need not fit the window."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": WIDTHS[width], "deviceScaleFactor": 1, "mobile": False})

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except StaleElementReferenceException:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{what} did not happen within {LIMIT_S} s; the page says:\n{self.text('body')}")

    def text(self, selector: str) -> str:
        """What is to be read in the first element of a selector."""
        return str(self.driver.find_element(By.CSS_SELECTOR, selector).text)

    def button(self, text: str, within: str = "body") -> WebElement:
        """The button with that text."""
        return next(button for button in self.driver.find_elements(By.CSS_SELECTOR, within + " button") if button.text.strip() == text)

    def click(self, text: str, within: str = "body") -> None:
        """Press the button with that text."""
        self.until(lambda: any(b.text.strip() == text for b in self.driver.find_elements(By.CSS_SELECTOR, within + " button")), f"a button {text!r}")
        button = self.button(text, within)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def step(self, title: str, button: str) -> None:
        """Wait for a step of the guide and press its button."""
        self.until(lambda: self.text(".guide .step") == title, f"step {title!r}")
        self.click(button, ".guide")

    def fact(self, name: str) -> str:
        """A line of the physical truth."""
        return next((line.partition("\n")[2].split("\n")[0] for line in [self.text(".truth")[at:] for at in self._places(name)]), "")

    def _places(self, name: str) -> list[int]:
        return [match.start() for match in re.finditer(f"(?m)^{re.escape(name)}$", self.text(".truth"))]


@pytest.fixture(scope="module")
def panel() -> Iterator[subprocess.Popen[str]]:
    """The panel, started as a user starts it, and ended."""
    process = _start("--port", "0", "--speed", "4")
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.fixture(scope="module")
def browser(panel: subprocess.Popen[str]) -> Iterator[Browser]:
    """A browser with its page."""
    opened = Browser(_url(panel))
    yield opened
    opened.driver.quit()


def test_a_newcomer_charges_by_the_buttons_that_the_page_shows(browser: Browser) -> None:
    """Nobody has to know OCPP: the next step is a button."""
    browser.step("Plug the car in", "Plug the car in")
    browser.step("Hold a card to the reader", "Hold the card")
    browser.until(lambda: browser.fact("contactor") == "closed" and browser.fact("status") == "Charging", "charging")
    browser.until(lambda: "MeterValues" in browser.text(".messages"), "meter values")
    pictures = os.environ.get("PICTURES")
    time.sleep(6)  # the plots are to show a stretch of charging
    for width in WIDTHS:
        browser.resize(width)
        time.sleep(1)
        assert browser.driver.execute_script("return document.scrollingElement.scrollWidth") <= width
        if pictures:
            browser.driver.execute_script("window.scrollTo(0, 0)")
            browser.driver.save_screenshot(str(Path(pictures) / f"panel_{width}.png"))
    browser.step("Charging", "Hold the card to stop")
    browser.step("Pull the plug", "Pull the plug")
    browser.until(lambda: browser.fact("status") == "Available", "a free charger")
    messages = browser.text(".messages")
    assert "StartTransaction" in messages and "StopTransaction" in messages
    assert "none wrong" in browser.text(".messages-pane")


def test_a_message_unfolds_and_the_search_finds(browser: Browser) -> None:
    """The messages can be read and searched."""
    search = browser.driver.find_element(By.CSS_SELECTOR, ".messages-pane input")
    search.send_keys("StopTransaction")
    browser.until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".messages .q-expansion-item")) == 1, "one message found")
    browser.driver.find_element(By.CSS_SELECTOR, ".messages .q-item").click()
    browser.until(lambda: '"meterStop"' in browser.text(".messages"), "the whole message")
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    browser.until(lambda: "BootNotification" in browser.text(".messages"), "all messages")


def test_faults_are_put_in_and_taken_away(browser: Browser) -> None:
    """A fault shows, and its end."""
    browser.click("Emergency stop pressed", ".faults")
    browser.until(lambda: browser.fact("status") == "Faulted", "the fault")
    browser.until(lambda: "emergency stop" in browser.text(".guide .why"), "the reason in words")
    browser.until(lambda: browser.button("Emergency stop pressed").get_attribute("aria-pressed") == "true", "a pressed button")
    browser.click("Emergency stop pressed", ".faults")
    browser.until(lambda: browser.button("Emergency stop pressed").get_attribute("aria-pressed") == "false", "a released button")


def test_keys_do_what_buttons_do(browser: Browser) -> None:
    """The keyboard is enough."""
    browser.driver.find_element(By.TAG_NAME, "body").click()
    keyboard = webdriver.ActionChains(browser.driver)
    keyboard.send_keys("l").perform()
    browser.until(lambda: "pulled out" in browser.fact("power, cable"), "the pulled cable")
    keyboard.send_keys("l").perform()
    browser.until(lambda: "pulled out" not in browser.fact("power, cable"), "the cable")
    keyboard.send_keys("o").perform()
    browser.until(lambda: browser.text(".guide .step") == "The charger has no power", "no power")
    keyboard.send_keys("o").perform()
    browser.until(lambda: browser.fact("status") == "Available", "the charger again")


def test_the_central_system_asks_and_shows_the_answer(browser: Browser) -> None:
    """Requests of the central system, with what came back."""
    browser.click("Read the keys", ".keys-pane")
    browser.until(lambda: "HeartbeatInterval" in browser.text(".keys"), "the keys")
    field = browser.driver.find_element(By.CSS_SELECTOR, '.keys input[aria-label="HeartbeatInterval"]')
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("77", Keys.ENTER)
    browser.until(lambda: "HeartbeatInterval: Accepted" in browser.text(".keys-pane"), "the change")
    browser.click("Unlock the plug", ".central")
    browser.until(lambda: re.search("UnlockConnector: (Unlocked|UnlockFailed|NotSupported)", browser.text(".central")), "the answer")
    browser.click("Send the profile", ".curve-pane")
    browser.until(lambda: re.search("SetChargingProfile: (Accepted|Rejected|NotSupported|NotImplemented)", browser.text(".curve-pane")), "the answer")


def test_a_curve_is_drawn_with_the_pointer(browser: Browser) -> None:
    """A charging profile as a curve."""
    picture = browser.driver.find_element(By.CSS_SELECTOR, ".curve")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", picture)
    field = browser.driver.find_element(By.CSS_SELECTOR, ".curve-pane input")
    before = field.get_attribute("value")
    draw = webdriver.ActionChains(browser.driver).move_to_element_with_offset(picture, -60, 40)
    draw.click_and_hold().move_by_offset(40, -20).move_by_offset(40, 20).release().perform()
    browser.until(lambda: field.get_attribute("value") != before and "," in str(field.get_attribute("value")), "the drawn curve")


def test_the_firmware_says_in_its_own_words(browser: Browser) -> None:
    """The pages of diag over the console."""
    browser.click("Status", ".console")
    browser.until(lambda: "central system: connected" in browser.text(".console"), "the page of diag")


def test_nothing_comes_from_elsewhere_and_nothing_is_wrong_in_the_browser(browser: Browser) -> None:
    """No download from outside, no error in the log."""
    entries = browser.driver.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    origin = browser.driver.current_url.rstrip("/")
    assert entries and not [name for name in entries if not name.startswith((origin, "data:", "blob:"))]
    severe = [entry["message"] for entry in browser.driver.execute(Command.GET_LOG, {"type": "browser"})["value"] if entry["level"] == "SEVERE"]
    assert not severe


def test_ctrl_c_ends_all_it_started(panel: subprocess.Popen[str], browser: Browser) -> None:
    """No process is left."""
    started = _children(panel.pid)
    assert started
    panel.send_signal(signal.SIGINT)
    assert panel.wait(20) == 0
    browser.until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], "the end of every process")


def test_a_busy_port_ends_with_a_line() -> None:
    """One line and status 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _start("--port", str(port))
        output, _ = ended.communicate(timeout=20)
    assert ended.returncode == 2
    assert f"Port {port} cannot be used" in output and len(output.splitlines()) == 1
