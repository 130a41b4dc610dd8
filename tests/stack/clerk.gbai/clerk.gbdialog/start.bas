' Writes, packs, lists and sends files; the test restarts the stack while it waits for an answer.
folder = "orders/" + GUID()
WRITE folder + "/note.txt", "First order"
HEAR item WITH "What do you order?"
WRITE folder + "/" + item + ".csv", "item,count"
MOVE folder + "/note.txt", folder + "/first.txt"
COPY folder + "/first.txt", folder + "/copy.txt"
names = LIST folder
DELETE FILE folder + "/copy.txt"
archive = COMPRESS folder + "/", folder + "/all.zip"
unpacked = EXTRACT archive, folder + "/out"
TALK JOIN(names, ", ") + ", " + UBOUND(unpacked) + " unpacked"
SEND FILE "me", folder + "/" + item + ".csv", "Your order"
HEAR more WITH "Anything else?"
TALK READ(folder + "/first.txt") + ", " + UBOUND(LIST folder) + " files"
