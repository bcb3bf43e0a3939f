"""The frame as people use it: keys, menus, themes, filters while typing; and all of it without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener, Site, Watch, assert_accessible
from tests.cast import PASSWORD


def test_signing_in_by_keyboard_alone_and_out(open_page: Opener) -> None:
    page = open_page("/account", as_="")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("Login").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")
    page.get_by_role("button", name="Ada Admin").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")


def test_a_wrong_password_moves_to_the_summary(open_page: Opener, watch: Watch) -> None:
    watch.allow("status of 422")
    page = open_page("/sign-in", as_="")
    page.get_by_label("Login").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Login and password do not fit together")
    expect(page.locator("#error-summary")).to_be_focused()
    assert_accessible(page)


def test_a_one_time_link_from_the_terminal(open_page: Opener, site: Site, watch: Watch) -> None:
    watch.allow("status of 404")
    token = site.ledger.sessions.one_time(site.cast["vera"].id)
    page = open_page(f"/sign-in/{token}", as_="", script=False)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")


def test_slash_goes_to_the_search_field_but_not_while_typing(open_page: Opener) -> None:
    page = open_page("/admin/users")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search name, tag, serial")
    expect(field).to_be_focused()
    page.keyboard.type("a/b")
    expect(field).to_have_value("a/b")


def test_the_first_tab_stop_skips_to_the_content(open_page: Opener) -> None:
    page = open_page("/help")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_filter_row_filters_while_typing_and_the_address_is_the_view(open_page: Opener) -> None:
    page = open_page("/admin/users")
    field = page.get_by_role("searchbox", name="Filter Login")
    field.press_sequentially("ver", delay=30)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"login=ver"))
    expect(field).to_be_focused()
    expect(field).to_have_value("ver")
    page.get_by_role("link", name="Login: ver").click()
    expect(page.locator("tbody tr")).to_have_count(5)


def test_a_choice_filters_and_back_comes_back(open_page: Opener) -> None:
    page = open_page("/admin/users")
    page.get_by_role("combobox", name="Filter Role").select_option("viewer")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/admin/users$"))


def test_columns_are_chosen_and_sorting_is_a_link(open_page: Opener) -> None:
    page = open_page("/admin/users")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Added").check()
    page.get_by_label("E-mail", exact=True).uncheck()
    assert_accessible(page)
    page.get_by_role("button", name="Show these").click()
    headers = page.locator("thead tr").first.locator("th")
    expect(headers).to_have_text(["Login", "Name", "Role", "State", "Last seen", "Added"])
    page.get_by_role("link", name="Name", exact=True).click()
    expect(page.locator("th[aria-sort='ascending']")).to_have_text("Name")
    expect(headers).to_have_count(6)


def test_open_menus_close_by_escape_and_give_the_focus_back(open_page: Opener) -> None:
    page = open_page("/admin/users")
    page.get_by_text("Export", exact=True).click()
    expect(page.get_by_role("link", name="CSV of this view")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="CSV of this view")).to_be_hidden()
    expect(page.locator("summary", has_text="Export")).to_be_focused()


def test_an_export_is_named_after_the_view(open_page: Opener) -> None:
    page = open_page("/admin/users?role=viewer")
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of this view").click()
    assert download.value.suggested_filename == "users-role-viewer.csv"


@pytest.mark.parametrize("script", [True, False])
def test_the_menu_of_a_phone_opens_without_script_too(open_page: Opener, script: bool) -> None:
    page = open_page("/help", as_="vera", width=390, script=script)
    link = page.get_by_role("link", name="Change impact")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    if script:
        assert_accessible(page)
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_theme_is_chosen_by_hand_and_automatic_follows_the_system(open_page: Opener, site: Site) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = open_page("/help", as_="otto", theme="dark")
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    assert dark != light
    page.get_by_role("button", name="Otto Operator").click()
    assert_accessible(page)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.evaluate(ground) == dark
    site.ledger.accounts.set_theme(site.cast["otto"].id, "auto")


def test_a_made_token_is_copied_and_gone(open_page: Opener) -> None:
    page = open_page("/admin/tokens/agent/new")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Name", exact=True).fill("Laptops of HQ")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agent token “Laptops of HQ”")
    assert_accessible(page)
    shown = page.get_by_label("Token").input_value()
    page.get_by_role("button", name="Copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.get_by_role("link", name="Done").click()
    assert shown not in page.content()


def test_revoking_asks_first(open_page: Opener, site: Site) -> None:
    site.ledger.api_tokens.add("short lived", "viewer")
    page = open_page("/admin/tokens", script=False)
    row = page.get_by_role("row", name="short lived")
    row.locator("summary").click()
    expect(row).to_contain_text("is refused at once, for good")
    row.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name="short lived")).to_contain_text("revoked")


def test_single_key_shortcuts_can_be_switched_off(open_page: Opener) -> None:
    page = open_page("/account", as_="vera")
    page.get_by_role("button", name="Switch single-key shortcuts off").click()
    expect(page.get_by_role("status")).to_contain_text("are off in this browser")
    page.keyboard.press("/")
    expect(page.locator("#global-search")).not_to_be_focused()
    page.get_by_role("button", name="Switch single-key shortcuts on").click()
    expect(page.get_by_role("status")).to_contain_text("are on in this browser")
    page.keyboard.press("/")
    expect(page.locator("#global-search")).to_be_focused()


def test_a_session_about_to_end_is_announced_and_can_be_kept(open_page: Opener, watch: Watch) -> None:
    watch.allow("status of 404")
    page = open_page("/sign-in", as_="")
    page.clock.install()
    page.get_by_label("Login").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/help")
    page.clock.fast_forward("07:54:00")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()
    page.clock.fast_forward("00:02:00")
    expect(page.get_by_role("status")).to_contain_text("You will be signed out in five minutes")
    assert_accessible(page)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()


def test_a_request_in_the_background_that_fails_leaves_the_list_and_says_so(open_page: Opener, watch: Watch) -> None:
    watch.allow("status of 400")
    page = open_page("/admin/users")
    page.evaluate("document.querySelector('[name=login]').maxLength = 1000")
    page.get_by_role("searchbox", name="Filter Login").fill("x" * 300)
    expect(page.get_by_role("alert")).to_contain_text("login is longer than 200 characters")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.get_by_role("searchbox", name="Filter Login").fill("vera")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_htmx_sends_the_form_token_by_itself(open_page: Opener, site: Site) -> None:
    page = open_page("/help", as_="adam")
    page.evaluate(
        """() => {
            const button = document.createElement('button');
            const words = {'id': 'b', 'hx-post': '/account/theme', 'hx-vals': '{"theme": "dark", "back": "/help"}', 'hx-swap': 'none'};
            for (const [name, value] of Object.entries(words)) button.setAttribute(name, value);
            document.querySelector('main').append(button);
            button.textContent = 'x';
            htmx.process(button);
        }"""
    )
    with page.expect_response("**/account/theme") as answer:
        page.locator("#b").click()
    assert answer.value.status == 303
    assert site.ledger.accounts.get(site.cast["adam"].id).theme == "dark"
