"""What of the PUSH protocol is covered, and by which test: `python -m cli.protocol_coverage` writes
docs/protocol-coverage.md from the command catalogue, the edge's routes and an inventory of the vendor's document.

One module a kind of row. In here come data and the page; no behaviour of the product.
"""
