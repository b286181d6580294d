# Airflow, dbt, Great Expectations, DuckDB and this project, as a user without rights.
FROM python:3.11-slim

# The ids that own the data folder on the host.
ARG UID=1000
ARG GID=1000

ENV AIRFLOW_HOME=/opt/airflow \
    PYTHONUNBUFFERED=1

RUN test "$UID" -ne 0 \
    && groupadd --non-unique --gid "$GID" leadscore \
    && useradd --non-unique --uid "$UID" --gid "$GID" --create-home leadscore \
    && install --directory --owner "$UID" --group "$GID" "$AIRFLOW_HOME/logs" \
    && chown "$UID:$GID" "$AIRFLOW_HOME"

WORKDIR /opt/leadscore

# Packages first, so that a change of a rule or a model does not install them again:
# what the project needs to run, in the versions of the lock.
COPY pyproject.toml requirements.lock ./
RUN python -c "import tomllib; \
    print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
    > /tmp/needed.txt \
    && pip install --no-cache-dir --constraint requirements.lock --requirement /tmp/needed.txt

# Owned by root: what runs cannot change what it runs.
COPY . .
RUN pip install --no-cache-dir --no-deps --editable .

USER leadscore
CMD ["airflow", "version"]
