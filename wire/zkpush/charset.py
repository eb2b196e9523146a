"""Device text to str: terminals write UTF-8, or GB18030 when their language is Chinese (spec/zk-push.md O8)."""

UTF_8 = "utf-8"
GB18030 = "gb18030"
LATIN_1 = "latin-1"


def decode_text(raw: bytes) -> tuple[str, str]:
    """Text and the charset that read it: strict UTF-8, then strict GB18030, then latin-1, which reads any bytes."""
    for charset in (UTF_8, GB18030):
        try:
            return raw.decode(charset), charset
        except UnicodeDecodeError:
            continue
    return raw.decode(LATIN_1), LATIN_1
