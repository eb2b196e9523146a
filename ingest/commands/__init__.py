"""Commands to devices: asked for (desk), handed out and answered (delivery), ended (sweeper), and the files they name.

What a command is and how it is written is wire/zkpush/commands; what its records mean is schemas/command_state.py. Here
is what connects them with Kafka and with devices. No HTTP of the control API and no words of the command line.
"""
