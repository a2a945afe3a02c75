from streams.gateway.receipts import receipt

KEY = b"k" * 32


def test_the_same_request_has_the_same_receipts_and_no_other_has_one_of_them() -> None:
    given = [receipt(KEY, "partner:acme", "msg_1", item) for item in range(500)]
    assert given == [receipt(KEY, "partner:acme", "msg_1", item) for item in range(500)]
    others = [
        receipt(*other, item)
        for other in (
            (KEY, "partner:acme", "msg_2"),
            (KEY, "partner:bank", "msg_1"),
            (b"other" * 6, "partner:acme", "msg_1"),
            (KEY, "partner:acme", "msg_1\n1"),
        )
        for item in range(500)
    ]
    assert len(set(given + others)) == 2_500


def test_a_receipt_is_short_enough_to_read_aloud() -> None:
    assert len(receipt(KEY, "web", "x", 0)) == 20
