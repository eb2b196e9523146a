"""What of the documents of BioTime, UTimeMaster, BioTimeCloud and Akuvox is covered, and by which test:
`python -m cli.connector_coverage` writes docs/connector-coverage.md from the clients' catalogues and an inventory of
rulings, requirements and fixtures.

One module a kind of row; rows and page are those of cli/protocol_coverage. In here comes no behaviour of the product.
"""
