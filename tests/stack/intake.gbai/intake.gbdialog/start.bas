HEAR photo AS IMAGE WITH "A photo, please."
scan = UPLOAD photo TO "scans" AS "photo.png"
TALK scan.path + ", " + scan.size + " bytes of " + scan.type
HEAR list AS FILE WITH "And your list."
COPY list, "lists/" + list.name
TALK list.name + ": " + READ(list) + ", " + UBOUND(LIST "scans") + " scan"
