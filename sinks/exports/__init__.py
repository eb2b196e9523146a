"""Files for payroll systems, made of locked data only, and their delivery.

What may come in: reading locked cards and adjustments, the neutral rows, column maps over them, places to deliver to.
What may not: rules about hours. What comes out is the same byte for byte, whenever it is made again.
"""
