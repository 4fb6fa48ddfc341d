"""How far a mistyped word lies from the word that was meant."""


def slips(word: str, meant: str) -> int:
    """Count the letters lost, added, changed or swapped between two words.

    Source: the restricted edit distance of Damerau 1964.
    """
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(meant, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == meant[j - 2] and word[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def near(word: str, meant: str, most: int) -> bool:
    """Say whether a word lies at most so many slips from what was meant; what cannot be near costs nothing.

    A slip changes the length by one and brings in one letter.
    """
    unlike = abs(len(word) - len(meant)) > most or len(set(meant) - set(word)) > most
    return most > 0 and not unlike and slips(word, meant) <= most
