# One image for every role: `docker run IMAGE gateway`, `worker`, `archive`, `push`, `console`.
# It is built for servers of one's own (docker-compose.yml); the embedded stand-ins are not in it.
FROM python:3.11.15-slim-bookworm AS build

WORKDIR /src
COPY bootstrap.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r bootstrap.lock \
    && python -m venv --without-pip /opt/tribune

# Versions and hashes come from the lock, as constraints: what only developers need stays out.
COPY requirements.lock pyproject.toml README.md LICENSE deploy/image/overrides.txt ./
COPY schemas schemas
COPY agents agents
COPY streams streams
COPY dashboards dashboards
COPY tribune tribune
RUN VIRTUAL_ENV=/opt/tribune uv pip install --no-cache --compile-bytecode \
        --constraints requirements.lock --build-constraints requirements.lock \
        --overrides overrides.txt .


FROM python:3.11.15-slim-bookworm

# The state of a role, and the only place where it writes.
ENV PATH=/opt/tribune/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TRIBUNE_DATA=/var/lib/tribune
RUN useradd --system --uid 10001 --home-dir /var/lib/tribune --shell /usr/sbin/nologin tribune \
    && install -d -o tribune -g tribune -m 0700 /var/lib/tribune
COPY --from=build /opt/tribune /opt/tribune

USER 10001
WORKDIR /var/lib/tribune
EXPOSE 8080 8081 8082
ENTRYPOINT ["tribune"]
CMD ["--help"]
