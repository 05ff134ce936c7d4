# The image that runs of prefect.docker.yaml are containers of: `docker build --tag crimeclaims .`
# Installed are the packages that requirements-image.lock names, with the bytes it names, and this project.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false \
    CRIMECLAIMS_VAR=/var/lib/crimeclaims PREFECT_HOME=/var/lib/crimeclaims/prefect

WORKDIR /opt/crimeclaims
# First what changes seldom: this layer is made anew only when the lock changes.
COPY requirements-image.lock ./
RUN pip install --no-deps --require-hashes --requirement requirements-image.lock

COPY pyproject.toml README.md LICENSE ./
COPY flows flows
COPY datasets datasets
COPY checks checks
COPY sql sql
COPY prefect.yaml ./
RUN pip install --no-deps --no-build-isolation . && pip check && rm -rf build ./*.egg-info

# Nobody's account: it owns what runs write, and not the code.
RUN useradd --system --uid 10001 --no-create-home crimeclaims \
    && mkdir --parents "$CRIMECLAIMS_VAR" && chown crimeclaims "$CRIMECLAIMS_VAR"
USER crimeclaims
VOLUME ["/var/lib/crimeclaims"]
WORKDIR /var/lib/crimeclaims

CMD ["crimeclaims", "--help"]
