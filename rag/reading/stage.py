"""Words in an answer that are not the answer: stage notes, a journalist's words in brackets, words of farewell."""

import re

# "(Laughs)", "【Shows a photo】"
BRACKETS = re.compile(r"[(\[（【](?P<words>[^()\[\]（）【】]{2,300})[)\]）】]")
# "the journalist: "
SAID_IN_BRACKETS = re.compile(r"(?:the |a )?(?:journalists?|reporters?)\s*+[:：]\s*+", re.IGNORECASE)
_SEEN = (
    r"nod|laugh|smil|turn|sho[ow]k|shak|point|sigh|applau|clap|chuckl|show|h[eo]ld|rais|interrupt|paus|wav|shrug|gestur"
    r"|read|play|agree|disagree|stand|stood|whisper|answer|repl"
)
# "All the journalists laugh", "shaking her head", "holding up a photo", "in French"
STAGE_NOTE = re.compile(
    rf"(?:the |all |some )?(?:journalists?|reporters?|spokes\w+|audience|everyone|room)\b.{{0,60}}\b(?:{_SEEN})\w*\b.*"
    r"|(?:laugh|smil|nod|applau|chuckl|inaudib|cross-?talk|off[- ]?mic|unintelligib|shrug|sigh|pause)\w*"
    r"(?:\W+(?:and|at|in|from|his|her|their|the|a)\b.{0,50})?"
    r"|shak\w+ (?:his|her|their) head.{0,40}|(?:turning|pointing|gesturing) (?:to|at|towards?)\b.{1,80}"
    r"|holding up\b.{1,80}"
    r"|(?:reading|speaking|switching|playing|showing) (?:out|from|in|to|an?|the) (?:\w+ ){0,3}"
    r"(?:paper|report|statement|photo\w*|picture|video|chart|chinese|english|french|russian|spanish|arabic|japanese)"
    r"|in (?:chinese|english|french|russian|spanish|arabic|japanese)"
    r"|(?:a )?(?:video|photo|picture)s? (?:is|are|was|were)? ?(?:shown|played).{0,40}",
    re.IGNORECASE,
)
_CONFERENCE = r"(?:press )?(?:briefing|conference)"
# "The regular press conference will be in recess", "Thank you all for coming", "See you tomorrow"
CLOSING = re.compile(
    r"(?:regular |our |mfa |daily )press conference\b.{0,160}"
    r"\b(?:adjourn|recess|resum|will (?:be held|start|begin)|be held|cancel)"
    r"|\bno (?:regular )?press conference|\b(?:adjourn|recess|resum)\w*.{0,120}\bpress conference"
    rf"|{_CONFERENCE} will be held\b.{{0,120}}(?:hall|lanting|[ap]\.?m\b)"
    rf"|will hold a {_CONFERENCE}\b.{{0,160}}(?:hall|lanting|here|tomorrow|[ap]\.?m\b)"
    rf"|(?:tomorrow|[ap]\.?m\b).{{0,80}}will hold a {_CONFERENCE}"
    r"|\bspokes\w+\b.{0,60}\b(?:wechat|weibo|twitter|x) account|\b(?:wechat|weibo|twitter|x) account of .{0,40}\bspokes"
    r"|thank you (?:all )?(?:very much )?for (?:attending|coming|joining|your (?:attendance|participation))"
    r"|\b(?:my|our|the) last (?:regular )?press conference|(?:that'?s|this is|that is) all for today"
    r"|^see you (?:all )?(?:tomorrow|next|on |in )",
    re.IGNORECASE | re.DOTALL,
)
# What a report says of words that are left outside every exchange.
LEFT = {
    "row-of-signs": "A row of signs, nobody's words",
    "stage-note": "A note of what happened in the room, nobody's words",
    "note": "A note of the page's editor, outside every exchange",
    "caption": "A line under a picture, nobody's words",
    "unclear-words": "A turn of somebody whose part is not clear, left out",
}
