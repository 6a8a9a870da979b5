from conferences import TITLE, conference, kinds, of, told


def test_consecutive_lines_are_paragraphs_too() -> None:
    reading = of(f"{TITLE}\nQ: One?\nA: Yes.\nMore.\nQ: Two?\nA: No.\n")
    assert told(reading) == [("Q", "One?", ["Yes.", "More."]), ("Q", "Two?", ["No."])]


def test_menus_and_footers_are_in_no_exchange_and_are_told_apart() -> None:
    text = (
        f"Home\nAbout us\nHOME > News\n{TITLE}\n2021-03-19 10:00\n\nQ: One?\n\nA: Yes.\n\n"
        "Suggest To A Friend\n  Print\nRelated News:\nAnother page of March 17\nCopyright 2021 X\n"
    )
    reading = of(text)
    assert told(reading) == [("Q", "One?", ["Yes."])]
    assert [span.cut(text) for span in reading.furniture] == [
        "Home",
        "About us",
        "HOME > News",
        TITLE,
        "2021-03-19 10:00",
        "Suggest To A Friend",
        "Print",
        "Related News:",
        "Another page of March 17",
        "Copyright 2021 X",
    ]
    assert reading.remainder == ()


def test_an_embassys_page_in_other_markup_reads_the_same() -> None:
    page = f"""<html><head><title>{TITLE}_Embassy of Nowhere</title></head><body>
    <ul><li><a href=/>Home</a><li><a href=/x>About the Embassy</a></ul><table><tr><td>
    <div class=t>Foreign Ministry Spokesperson Zhao Lijian's<br>Regular Press Conference on March 18, 2021</div>
    <div>2021-03-19 10:00</div><div>&nbsp;&nbsp;<b>Reuters:</b>&nbsp;What of vis<span>i</span>t &amp; trade?<br>
    <br><b>Zhao Lijian:</b> It is<br>so.<br><br>&#160;More.</div></table>
    <p><a href=/1>Related page one</a><p>Copyright 2021 Embassy</body></html>"""
    reading = of(page, "embassy.html")
    assert reading.transcript.title == TITLE
    assert (
        reading.transcript.text
        == f"{TITLE}\n\n2021-03-19 10:00\n\nReuters: What of visit & trade?\n\nZhao Lijian: It is so.\n\nMore.\n"
    )
    assert told(reading) == [("Reuters", "What of visit & trade?", ["It is so.", "More."])]


def test_a_line_under_a_picture_is_nobodys_words() -> None:
    page = (
        f"<html><h1>{TITLE}</h1><p>Q: One?<p>A: Yes.<p align=center><img src=a.jpg><br>Spokesperson at the rostrum</p>"
        "<p>More.<p>Q: Two?<p>A: No.</html>"
    )
    reading = of(page, "picture.html")
    assert told(reading)[0] == ("Q", "One?", ["Yes.", "More."])
    assert "caption" in kinds(reading)


def test_a_page_that_ends_early_is_read_as_far_as_it_goes_and_reported() -> None:
    reading = of(f"<html><h1>{TITLE}</h1><p>Q: One?</p><p>A: Yes.</p><p>Q: Two is", "cut.html")
    assert [entry[1] for entry in told(reading)] == ["One?", "Two is"]
    assert {"truncated", "question-without-answer"} <= kinds(reading)


def test_marks_and_signs_of_every_plane_keep_their_places() -> None:
    reading = conference(
        "\u200bReuters:\u200f Is \U0001f600 cafe\u0301 \u05d0\u05d1?",
        "Zhao Lijian: \U0001f1e8\U0001f1f3 yes\u200d.",
    )
    assert told(reading) == [("Reuters", "Is \U0001f600 cafe\u0301 \u05d0\u05d1?", ["\U0001f1e8\U0001f1f3 yes\u200d."])]
