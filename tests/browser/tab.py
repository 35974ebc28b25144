"""A browser tab with the chat page."""

from playwright.async_api import expect


class Tab:
    """Input to the page, and expectations of its contents; `complaints` has the errors of the page."""

    def __init__(self, label, page):
        self.label = label
        self.page = page
        self.complaints = []
        self._expected = ()
        page.on("pageerror", lambda error: self._complain(f"uncaught: {error}"))
        page.on("console", self._on_console)
        page.on("dialog", self._refuse)

    def expect_complaints(self, *parts):
        """From now on, ignore complaints that contain one of `parts`."""
        self._expected = parts

    def _complain(self, text):
        if not any(part in text for part in self._expected):
            self.complaints.append(text)

    async def watch_policy(self):
        """From the next page on, record violations of the content security policy."""
        await self.page.expose_function("refusedByPolicy", lambda what: self._complain(f"policy: {what}"))
        await self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => "
            "refusedByPolicy(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`))"
        )

    def _on_console(self, message):
        if message.type == "error":
            self._complain(f"{message.text} ({message.location['url']})")

    async def _refuse(self, dialog):
        self._complain(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def opened_tab(self, page):
        """Return the tab of a page that this one opened; both share their complaints."""
        tab = Tab(self.label, page)
        tab.complaints, tab._expected = self.complaints, self._expected
        return tab

    async def check_failed_messages(self):
        for line in await self.page.locator('#waiting [data-state="failed"]').all():
            self.complaints.append(f"not sent: {await line.inner_text()}")

    async def sign_up(self, name, password):
        """Create an account by the sign-up form, starting at the home page."""
        await self.page.goto("/")
        await self.page.locator('a[href*="sign-up"]').first.click()
        form = self.page.locator("form:has([name=username])")
        await form.locator("[name=username]").fill(name)
        for field in await form.locator("[type=password]").all():
            await field.fill(password)
        await form.locator("[name=first_names]").fill(name.title())
        await form.locator("[name=last_names]").fill("Tester")
        await form.locator("[name=birth_date]").fill("1990-05-17")
        await form.locator("select[name=gender]").select_option("F")
        await form.locator("button[type=submit], button:not([type])").click()
        await self.ready()

    async def visit(self, address="/"):
        await self.page.goto(address)
        await self.ready()

    async def reload(self):
        await self.page.reload()
        await self.ready()

    async def ready(self):
        """Wait until the chat is connected and shows a room; its messages may still be loading."""
        await self.expect_state("open")
        await expect(self.page.locator('#rooms [aria-current="page"]')).to_be_attached()

    async def expect_state(self, state):
        await expect(self.page.locator("#chat")).to_have_attribute("data-state", state)

    async def send_message(self, text):
        """Fill the composer and press Enter."""
        await self.page.locator("#text").fill(text)
        await self.page.locator("#text").press("Enter")

    async def type_message(self, text):
        """Type key by key into the focused element and press Enter."""
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def expect_message(self, text, *, author):
        """Wait for one stored message of `author` with this text."""
        line = self.page.locator(f'#said [data-seq][data-author="{author}"]', has_text=text)
        await expect(line).to_have_count(1)

    async def stored_texts(self, *authors):
        """Return the texts of stored messages of `authors`, top to bottom, without waiting."""
        lines = await self.page.locator("#said [data-seq]").all()
        kept = [line for line in lines if await line.get_attribute("data-author") in authors]
        return [await line.locator(".text").inner_text() for line in kept]

    async def expect_messages_of(self, author, count):
        """Wait for `count` stored messages of `author` and return their texts."""
        await expect(self.page.locator(f'#said [data-seq][data-author="{author}"]')).to_have_count(count)
        return await self.stored_texts(author)

    async def reply_text(self, code):
        """Wait for a reply with this code to a command and return the text of the last one."""
        found = self.page.locator(f'#said [data-code="{code}"]').last
        await expect(found).to_be_visible()
        return await found.inner_text()

    async def expect_room(self, room):
        await expect(self.page.locator("#heading")).to_have_text(room)

    def room(self, name):
        """Return the item of a room in the side bar."""
        return self.page.locator("#rooms li", has=self.page.get_by_text(name, exact=True))

    async def picture(self, path):
        await self.page.screenshot(path=path)
