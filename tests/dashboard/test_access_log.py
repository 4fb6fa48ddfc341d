import logging

from dashboard.access_log import Scrub, scrub_logs, whereabouts


def line(*args):
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', args, None)
    assert Scrub().filter(record)
    return record.getMessage()


def test_req_32_no_query_string_is_logged():
    said = line("10.0.0.1:5", "GET", "/oauth2callback?code=open-sesame&state=x", "1.1", 302)
    assert said == '10.0.0.1:5 - "GET /oauth2callback HTTP/1.1" 302'


def test_req_32_no_patient_link_is_logged():
    assert "very-secret" not in line("a", "GET", "/p/very-secret/receipt.json", "1.1", 200)


def test_req_32_an_error_is_located_without_its_words():
    try:
        raise ValueError("Vale^Maren 1958-03-09")
    except ValueError as error:
        said = whereabouts(error)
    assert said.startswith("ValueError at test_access_log.py:")
    assert "Vale" not in said


def test_req_32_the_libraries_we_stand_on_log_no_words_of_an_error(caplog):
    scrub_logs()
    for name in ("streamlit.error_util", "uvicorn.error"):
        try:
            raise ValueError("Vale^Maren 1958-03-09")
        except ValueError:
            logging.getLogger(name).exception("Uncaught app execution")
    assert "Vale" not in caplog.text
    assert caplog.text.count("Uncaught app execution: ValueError at test_access_log.py") >= 1
