# One image for web, worker, beat and migrations; docker-compose.yml shows how they stand together.

FROM node:20-slim AS pages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim AS packages
COPY tools/bootstrap.lock requirements.lock /build/
RUN python -m venv /opt/postloan \
 && /opt/postloan/bin/pip install --no-cache-dir --require-hashes -r /build/bootstrap.lock \
 && /opt/postloan/bin/uv pip sync --no-cache --require-hashes --python /opt/postloan/bin/python /build/requirements.lock \
 && rm /opt/postloan/bin/uv /opt/postloan/bin/uvx

FROM python:3.11-slim
# PYTHONSAFEPATH: the package has apps called `warnings` and `collections`, which must never come before Python's own.
ENV PATH=/opt/postloan/bin:$PATH \
    PYTHONSAFEPATH=1 PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=postloan.settings.production \
    POSTLOAN_VAR=/var/lib/postloan POSTLOAN_STATIC=/app/staticfiles
# For PDF: WeasyPrint sets Chinese in "Noto Sans CJK SC". Without these the product offers Word only.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 postloan \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin postloan \
 && install --directory --owner=postloan --group=postloan --mode=0750 /var/lib/postloan
WORKDIR /app
COPY --from=packages /opt/postloan /opt/postloan
COPY manage.py ./
COPY tools/assets.py tools/messages.py tools/health.py tools/
COPY postloan postloan
COPY templates templates
COPY static static
RUN --mount=type=bind,from=pages,source=/build/node_modules,target=/app/node_modules \
    python tools/assets.py --copy \
 && python tools/messages.py compile && rm -rf var \
 && POSTLOAN_SECRET_KEY=for-the-build-only POSTLOAN_HOSTS=localhost DATABASE_URL=sqlite:// REDIS_URL=memory:// \
    POSTLOAN_DATA_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    POSTLOAN_INDEX_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
VOLUME /var/lib/postloan
CMD ["gunicorn", "postloan.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", "--threads", "4", "--timeout", "120", "--max-requests", "5000", "--max-requests-jitter", "500", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "tools/health.py", "web"]
