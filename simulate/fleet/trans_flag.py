"""What the server wants uploaded (document, 2.2, Table 2-1; spec/zk-push.md H8)."""

from dataclasses import dataclass

_BITS = (
    "AttLog", "OpLog", "AttPhoto", "EnrollUser", "ChgUser", "EnrollFP", "ChgFP", "FPImag", "EnrollFACE", "ChgFACE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TransFlag:
    """A TransFlag option, as words or as digits in the document's order. Empty: the server never said, all go.

    old: firmware that reads words only beside `TransData`; bare words are digits to it, all of them off.
    """

    text: str = ""
    old: bool = False

    def allows(self, word: str) -> bool:
        """Whether the terminal may upload this. AttLog is not asked: punches always go up here."""
        words = self.text.replace(",", "\t").split()
        if not words:
            return True
        if len(words) == 1 and set(words[0]) <= {"0", "1"}:
            return words[0][_BITS.index(word) :][:1] == "1"
        if self.old and "TransData" not in words:
            return False
        return word in words or (word.endswith("FACE") and "FACE" in words)
