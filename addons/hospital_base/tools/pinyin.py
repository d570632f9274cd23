"""Pinyin of names. Surnames keep their own reading (单 Shan, 曾 Zeng), which a general dictionary gets wrong."""

import re

from pypinyin import Style, lazy_pinyin

_COMPOUND_SURNAMES = """
    欧阳:ou-yang 太史:tai-shi 端木:duan-mu 上官:shang-guan 司马:si-ma 东方:dong-fang 独孤:du-gu 南宫:nan-gong
    万俟:mo-qi 闻人:wen-ren 夏侯:xia-hou 诸葛:zhu-ge 尉迟:yu-chi 公羊:gong-yang 赫连:he-lian 澹台:tan-tai
    皇甫:huang-fu 宗政:zong-zheng 濮阳:pu-yang 公冶:gong-ye 太叔:tai-shu 申屠:shen-tu 公孙:gong-sun 慕容:mu-rong
    仲孙:zhong-sun 钟离:zhong-li 长孙:zhang-sun 宇文:yu-wen 司徒:si-tu 鲜于:xian-yu 司空:si-kong 令狐:ling-hu
    百里:bai-li 呼延:hu-yan 东郭:dong-guo 西门:xi-men
"""
_SURNAMES = """
    单:shan 曾:zeng 解:xie 仇:qiu 区:ou 查:zha 盖:ge 任:ren 华:hua 朴:piao 秘:bi 冼:xian 重:chong 召:shao 乐:yue
    缪:miao 尹:yin 宓:fu 覃:qin 晟:cheng 逄:pang 员:yun 郇:xun 谌:chen 种:chong 黑:he 折:she 繁:po 翟:zhai 牟:mu
    纪:ji 那:na 卜:bu 薄:bo 柏:bai 尉:wei 参:shen 瞿:qu 隗:wei 祭:zhai 洗:xian 於:yu 宁:ning
"""
COMPOUND_SURNAMES = dict(pair.split(":") for pair in _COMPOUND_SURNAMES.split())
SURNAMES = dict(pair.split(":") for pair in _SURNAMES.split())
MAX_WHOLE_WORD = 3


def syllables(name, person=False):
    """The syllables of a name in lower case; runs of letters and digits in upper case."""
    name = (name or "").strip()
    head = []
    if person:
        if name[:2] in COMPOUND_SURNAMES and len(name) > 2:
            head, name = COMPOUND_SURNAMES[name[:2]].split("-"), name[2:]
        elif name[:1] in SURNAMES and len(name) > 1:
            head, name = [SURNAMES[name[:1]]], name[1:]
    return head + [part for part in lazy_pinyin(name, style=Style.NORMAL, errors=str.upper) if part.strip()]


def pinyin(name, person=False):
    return re.sub(r"[^0-9a-z]+", " ", " ".join(syllables(name, person)).lower()).strip()


def initials(name, person=False):
    """First letters of the syllables; short Latin words and whatever holds a digit stay whole: 内科2A gives NK2A."""
    out = []
    for part in syllables(name, person):
        for word in re.findall(r"[0-9A-Za-zü]+", part):
            whole = not word.islower() and (len(word) <= MAX_WHOLE_WORD or not word.isalpha())
            out.append(word if whole else word[0])
    return "".join(out).upper()
