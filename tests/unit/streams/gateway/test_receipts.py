from streams.gateway.receipts import receipts

KEY = b"k" * 32


def test_the_same_request_has_the_same_receipts_and_no_other_has_one_of_them() -> None:
    given = receipts(KEY, "partner:acme", "msg_1", 500)
    assert given == receipts(KEY, "partner:acme", "msg_1", 500)
    others = (
        receipts(KEY, "partner:acme", "msg_2", 500)
        + receipts(KEY, "partner:bank", "msg_1", 500)
        + receipts(b"other" * 6, "partner:acme", "msg_1", 500)
        + receipts(KEY, "partner:acme", "msg_1\n1", 500)
    )
    assert len(set(given + others)) == 2_500


def test_a_receipt_is_short_enough_to_read_aloud() -> None:
    assert [len(each) for each in receipts(KEY, "web", "x", 2)] == [20, 20]
