# syntax=docker/dockerfile:1
# Moorings: web and worker in one image. `docker build -t moorings .`
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/moorings && python -m venv /opt/build
COPY requirements/setup.lock requirements/runtime.lock requirements/
RUN /opt/moorings/bin/pip install --require-hashes --no-deps -r requirements/runtime.lock \
 && /opt/build/bin/pip install --require-hashes --no-deps -r requirements/setup.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY cmdb cmdb
COPY discovery discovery
COPY reconciliation reconciliation
COPY web web
# Built and installed without a network: everything it needs is locked and there already.
RUN /opt/build/bin/hatchling build -t wheel -d /wheels \
 && /opt/moorings/bin/pip install --no-deps --no-index /wheels/*.whl \
 && /opt/moorings/bin/python -m compileall -q /opt/moorings/lib \
 && rm -rf /opt/moorings/bin/pip* /opt/moorings/lib/python*/site-packages/pip*

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="Moorings" org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="CMDB: who holds it, what breaks, is it protected?"
# The root of the file system may be read-only: only /data (kept) and /tmp are written.
RUN groupadd --gid 10001 moorings \
 && useradd --uid 10001 --gid moorings --home-dir /data --no-create-home --shell /usr/sbin/nologin moorings \
 && install -d -m 0700 -o moorings -g moorings /data
COPY --from=build /opt/moorings /opt/moorings
ENV PATH=/opt/moorings/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MOORINGS_DATA=/data MOORINGS_HOST=0.0.0.0 MOORINGS_PORT=8765
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/health/live', timeout=4)"]
ENTRYPOINT ["moorings"]
CMD ["serve"]
