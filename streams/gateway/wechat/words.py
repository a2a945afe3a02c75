"""What the account says to citizens, in Chinese and English: short and plain."""

from schemas.ballots import Choice
from schemas.boards import Status
from schemas.broadcasts import Lang

CHOICE_NAMES: dict[Lang, dict[Choice, str]] = {
    "zh": {
        Choice.VERY_SATISFIED: "非常满意",
        Choice.SATISFIED: "满意",
        Choice.AVERAGE: "一般",
        Choice.NOT_SATISFIED: "不满意",
        Choice.NOT_APPLICABLE: "不适用",
    },
    "en": {
        Choice.VERY_SATISFIED: "Very satisfied",
        Choice.SATISFIED: "Satisfied",
        Choice.AVERAGE: "Average",
        Choice.NOT_SATISFIED: "Not satisfied",
        Choice.NOT_APPLICABLE: "Not applicable",
    },
}

STATUS: dict[Lang, dict[Status, str]] = {
    "zh": {
        "live": "实时排名，投票还在进行",
        "provisional": "投票已结束，结果核对中，尚未最终确定",
        "final": "最终结果",
        "corrected": "最终结果（已更正）",
    },
    "en": {
        "live": "Live ranking, voting is still open",
        "provisional": "Voting has ended; the result is being checked and is not final yet",
        "final": "Final result",
        "corrected": "Final result (corrected)",
    },
}

SENTENCES: dict[Lang, dict[str, str]] = {
    "zh": {
        "welcome": "欢迎！",
        "choose": "{unit}\n您的评价是？点一下就投票：",
        "counted": "已记票：{unit}，{choice}。\n回执：{receipt}\n"
        "想改？再投一次就行，以最后一次为准。",
        "how": "投票：回复“编号 选项”，例如 {example} 1；或者只回复编号，再点选项。",
        "scale": "1 非常满意，2 满意，3 一般，4 不满意，5 不适用",
        "see_results": "回复“结果”看排名。",
        "text_only": "这里只认文字。",
        "list_word": "单位",
        "show_list": "看单位名单",
        "next_page": "下一页（{page}/{pages}）",
        "unknown_unit": "这一轮没有这个单位。",
        "not_yet": "投票还没有开始，请稍后再来。",
        "closed": "“{title}”投票已经结束，感谢参与。回复“结果”看排名。",
        "not_by_wechat": "这一轮不通过微信投票。",
        "too_many": "您投得太快了，请一分钟后再试。",
        "try_again": "系统正忙，这一票还不能确认。请稍等片刻，再发一次；重复发送不会重复计票。",
        "as_of": "截至 {time}（北京时间）",
        "no_results": "还没有结果。",
        "points": "{score} 分",
        "below_minimum": "有效票不足 {minimum} 张、暂不排名的单位：{units} 个。",
        "more_ranked": "共有 {units} 个单位排名，以上是前 {shown} 名。",
    },
    "en": {
        "welcome": "Welcome!",
        "choose": "{unit}\nHow satisfied are you? One tap votes:",
        "counted": "Counted: {unit}, {choice}.\nReceipt: {receipt}\n"
        "Changed your mind? Vote again; the last one counts.",
        "how": "To vote, reply with number and choice, such as {example} 1; "
        "or with the number alone, and tap a choice.",
        "scale": "1 very satisfied, 2 satisfied, 3 average, 4 not satisfied, 5 not applicable",
        "see_results": "Reply “results” for the ranking.",
        "text_only": "Only text can be read here.",
        "list_word": "units",
        "show_list": "Show the units",
        "next_page": "Next page ({page}/{pages})",
        "unknown_unit": "This round has no such unit.",
        "not_yet": "Voting has not begun yet; please come back later.",
        "closed": "Voting in “{title}” has ended; thank you. Reply “results” for the ranking.",
        "not_by_wechat": "This round is not voted on by WeChat.",
        "too_many": "You are voting too fast; please try again in a minute.",
        "try_again": "The system is busy and cannot confirm this vote yet. "
        "Please try again in a moment; sending it twice counts once.",
        "as_of": "As of {time} (Beijing time)",
        "no_results": "There is no result yet.",
        "points": "{score}",
        "below_minimum": "Units with fewer than {minimum} rated votes, not ranked yet: {units}.",
        "more_ranked": "{units} units are ranked; these are the first {shown}.",
    },
}


def say(lang: Lang, sentence: str, **parts: str | int) -> str:
    """A sentence of the catalogue with its parts filled in."""
    return SENTENCES[lang][sentence].format(**parts)
