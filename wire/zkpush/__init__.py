"""ZK PUSH (ADMS), the HTTP dialect of ZK terminals: request repair, targets, handshake and table rows.

Sources: the vendor's PUSH SDK 3.2.0 document (named "document" below) and what is known of devices (spec/zk-push.md).
"""
