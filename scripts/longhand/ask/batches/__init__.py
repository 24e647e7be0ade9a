"""A judge asked by its provider's batch API, in OpenAI's form: files, batches, and a line for each request and reply.

One step submits, another collects, and none waits in between. Each batch has a file of its own in the journal, which is
written before anything is uploaded (`state`), and a key of ours, which is in that file and in the batch's metadata:

    new         the requests are chosen. Nothing was created: what a killed leg left is dropped, and made anew.
    creating    the input file is uploaded. The create call may have come through, whatever became of its reply: the
                batches are listed, and one with our key is taken over. The list may lag behind, so that one that it
                lacks is neither made again nor asked otherwise, until the user removes its file, or a day is over.
    under_way   its id is known.
    failed      the provider refused the input file and answered nothing. The next leg makes a new batch.
    settled     all that came is in the journal; what did not come may be asked otherwise.

Before anything is created, the list is looked through for batches of the same work that have no file: see `unknown`.

As long as a batch holds a request, nobody else sends it: whoever asks live looks here after claiming the request, and
whoever submits writes the file first, and then leaves out what others have claimed or answered.
"""
