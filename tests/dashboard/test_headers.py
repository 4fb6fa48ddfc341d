import pytest

from dashboard.headers import HeaderRules, cookies_in

LOCAL = HeaderRules("http://127.0.0.1:8501", ("'sha256-abc='",))
PUBLIC = HeaderRules("https://firstread.example")


def applied(rules, path, *headers):
    return dict(rules.apply(path, list(headers)))


@pytest.mark.parametrize(
    "path", ["/", "/api/uploads", "/p/token", "/media/x.png", "/static/js/a.js", "/healthz"]
)
def test_req_17_every_answer_carries_the_headers(path):
    said = applied(LOCAL, path)
    assert said[b"x-content-type-options"] == b"nosniff"
    assert said[b"x-frame-options"] == b"DENY"
    assert b"frame-ancestors 'none'" in said[b"content-security-policy"]
    assert b"unsafe-eval" not in said[b"content-security-policy"].replace(b"wasm-unsafe-eval", b"")
    assert b"referrer-policy" in said
    assert b"permissions-policy" in said


def test_the_screens_may_use_the_inline_script_of_streamlit_and_no_other():
    policy = applied(LOCAL, "/")[b"content-security-policy"].decode()
    assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-abc='" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "img-src 'self' data: blob:" in policy, "a remote image would tell a stranger who is looking"
    assert "ws://127.0.0.1:8501" in policy


def test_a_patient_page_is_stricter_and_may_say_so_itself():
    policy = applied(LOCAL, "/p/token")[b"content-security-policy"].decode()
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    own = applied(LOCAL, "/p/token", (b"content-security-policy", b"default-src 'none'"))
    assert own[b"content-security-policy"] == b"default-src 'none'"
    other = applied(LOCAL, "/", (b"content-security-policy", b"default-src *"))
    assert other[b"content-security-policy"] != b"default-src *"


@pytest.mark.parametrize("path", ["/api/x", "/media/a.png", "/oauth2callback", "/p/t", "/readyz"])
def test_what_is_private_is_kept_nowhere(path):
    assert applied(LOCAL, path, (b"Cache-Control", b"public"))[b"cache-control"] == b"private, no-store"


def test_assets_may_be_kept():
    kept = (b"cache-control", b"public, max-age=31536000")
    assert applied(LOCAL, "/static/js/index.js", kept)[b"cache-control"] == kept[1]
    assert b"cache-control" not in applied(LOCAL, "/parrot"), "/p is not a prefix of words"


@pytest.mark.parametrize(("rules", "secure"), [(LOCAL, False), (PUBLIC, True)])
def test_req_15_cookies_live_at_most_12_hours_and_are_for_tls_where_there_is_tls(rules, secure):
    said = applied(rules, "/", (b"set-cookie", b"a=1; Path=/; HttpOnly; SameSite=lax; Max-Age=2592000"))
    pieces = {p.strip().lower() for p in said[b"set-cookie"].decode().split(";")}
    assert {"a=1", "max-age=43200", "httponly", "samesite=lax"} <= pieces
    assert ("secure" in pieces) is secure
    assert (b"strict-transport-security" in said) is secure


def test_a_cookie_that_is_taken_away_stays_taken_away():
    said = applied(LOCAL, "/", (b"set-cookie", b'a=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0'))
    assert b"Max-Age=0" in said[b"set-cookie"]


def test_several_cookies_stay_several():
    headers = LOCAL.apply("/", [(b"set-cookie", b"a=1; Path=/"), (b"Set-Cookie", b"b=2|x=; Path=/")])
    assert cookies_in(headers) == {"a": "1", "b": "2|x="}
