"""Drawing covers."""

from django.core.files.base import ContentFile
from django.utils.html import format_html
from django.utils.text import slugify

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="180"><text y="90">{}</text></svg>\n'


def draw_cover(book):
    """Put a new cover file on the book; saving the book is up to the caller."""
    book.cover.save(
        f"{slugify(book.title)}.svg", ContentFile(format_html(SVG, book.title).encode()), save=False
    )
