# Everything that only building needs stays behind in the first stage.
FROM python:3.11-slim-bookworm AS build
WORKDIR /site
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH

# Before the code, so that a change of the code does not install everything again.
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --requirement requirements.txt

COPY . .
# While nothing is running yet: the finished container cannot write to its own files.
RUN SECRET_KEY=build DATABASE_URL=sqlite:///:memory: python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q /venv /site

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home tertulia \
    && install --directory --owner tertulia /site/var
COPY --from=build /venv /venv
COPY --from=build /site /site
WORKDIR /site
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

USER 10001
# SQLite, where there is no DATABASE_URL.
VOLUME /site/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=7)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--port", "8000", "--workers", "1"]
