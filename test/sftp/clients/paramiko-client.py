"""Drives paramiko for client-matrix.test.ts: PORT VERB ARGUMENT..., the password on standard input."""

import os
import sys

import paramiko

port, verb, *arguments = sys.argv[1:]
transport = paramiko.Transport(("127.0.0.1", int(port)))
transport.connect(username="alice", password=sys.stdin.read())
sftp = paramiko.SFTPClient.from_transport(transport)


def resume(local, remote):
    done = sftp.stat(remote).st_size
    with open(local, "rb") as source, sftp.open(remote, "r+") as target:
        source.seek(done)
        target.seek(done)
        target.set_pipelined(True)
        while piece := source.read(32768):
            target.write(piece)
    # Like its put: closing tells nobody that the connection was lost meanwhile.
    whole = os.stat(local).st_size
    if (there := sftp.stat(remote).st_size) != whole:
        raise IOError(f"size mismatch in resume: {there} != {whole}")


def put_all(folder, remote):
    sftp.mkdir(remote)
    for name in os.listdir(folder):
        sftp.put(os.path.join(folder, name), f"{remote}/{name}")


verbs = {
    "put": sftp.put,
    "get": sftp.get,
    "list": lambda folder: print("\n".join(sftp.listdir(folder))),
    "put-all": put_all,
    "resume": resume,
}
verbs[verb](*arguments)
transport.close()
