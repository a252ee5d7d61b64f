"""The official client's way to do one bench: upload or download files, one after another as it does."""
import os
import sys

import shotgun_api3

site, name, key, action = sys.argv[1:5]
sg = shotgun_api3.Shotgun(site, script_name=name, api_key=key)
if action == "upload":
    for path in sys.argv[5:]:
        sg.upload("Version", 23404, path)
elif action == "upload-folder":
    for entry in sorted(os.listdir(sys.argv[5])):
        sg.upload("Shot", 1, os.path.join(sys.argv[5], entry))
elif action == "download":
    sg.download_attachment({"type": "Attachment", "id": int(sys.argv[5])}, file_path=sys.argv[6])
elif action == "download-all":
    found = sg.find("Attachment", [["attachment_links", "is", {"type": "Shot", "id": 1}]], ["this_file"])
    for each in found:
        sg.download_attachment(each["this_file"], file_path=os.path.join(sys.argv[5], "%d.bin" % each["id"]))
