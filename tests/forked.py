"""Server processes forked from a process that has already imported what a server needs from site-packages.

These imports take half of the CPU time of a server's start, and a test run starts a hundred servers. Nothing of this
project is imported and no setting is read before the fork; then `manage.py serve` runs as in a new process. None of
the modules may start a thread, open a file or install Twisted's reactor: forks would share it.
"""

import atexit
import contextlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from multiprocessing import connection
from pathlib import Path

# fmt: off
PRELOADED = [
    "django.core.management", "django.core.management.base", "django.db.models", "django.db.migrations.executor",
    "django.db.backends.postgresql.base", "django.db.backends.sqlite3.base", "django.core.handlers.asgi",
    "django.core.mail", "django.template.loader", "django.template.defaulttags", "django.template.loader_tags",
    "django.forms", "django.test", "django.utils.translation.trans_real", "django.contrib.staticfiles.storage",
    "django.contrib.auth.hashers", "django.views.generic", "django.middleware.csrf",
    "django.contrib.sessions.backends.db", "django.contrib.messages.storage.fallback", "pydantic", "redis.asyncio",
    "psycopg", "psycopg_pool", "channels.routing", "channels.auth", "channels_redis.core", "channels_redis.pubsub",
    "markdown_it", "nh3", "argon2", "confusable_homoglyphs.confusables", "csp.middleware", "environ",
    "servestatic.asgi", "http.server", "twisted.internet.asyncioreactor", "twisted.internet.posixbase",
    "twisted.internet.tcp", "twisted.internet.ssl", "twisted.web.http", "twisted.protocols.tls", "OpenSSL.SSL",
    "service_identity", "autobahn.twisted.websocket", "daphne.endpoints", "pydantic.main", "pydantic.networks",
    "pydantic.dataclasses", "pydantic.type_adapter", "pydantic.json_schema", "pydantic.plugin._loader",
    "prometheus_client", "django.contrib.admin.options", "django.contrib.admin.sites", "django.contrib.admin.helpers",
    "django.views.i18n", "django.views.defaults", "django.middleware.common", "django.middleware.locale",
    "django.middleware.gzip", "django.middleware.security", "django.middleware.clickjacking",
    "django.contrib.sessions.middleware", "django.contrib.messages.middleware", "django.conf.urls.i18n",
    "channels.consumer", "channels.utils", "servestatic.storage", "servestatic.compress", "servestatic.responders",
]
# fmt: on
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)
# Serialises polls: of two concurrent ones of a process, multiprocessing answers the second with exit code 255.
_lock = threading.Lock()


class ForkedProcess:
    """A forked `python <words>` in a new session, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, words, *, cwd, log_path, env):
        arguments = (words, str(cwd), str(log_path), dict(env))
        self._process = _context.Process(target=_run, args=arguments, daemon=True)
        with _lock:
            self._process.start()
        self.pid = self._process.pid

    def poll(self):
        with _lock:
            return self._process.exitcode

    returncode = property(poll)

    def wait(self, timeout=None):
        connection.wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("a forked server", timeout)
        return code

    def send_signal(self, number):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def _run(words, folder, log_path, environment):
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with Path(log_path).open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    sys.stdout.reconfigure(write_through=True)
    sys.argv = words
    sys.path.insert(0, folder)
    code = 0
    try:
        runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    # As at the end of an interpreter; multiprocessing skips the `atexit` functions.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)
