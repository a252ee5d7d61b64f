#!/bin/sh
# Makes every file of this folder anew. Needs ffmpeg 5 (libx264, libvpx, libmp3lame, libwebp), ImageMagick 6 with
# libheif and openjp2, python3 and zip. Nothing in the product or its tests needs these programs: the files are kept in the repository.
set -eu
cd "$(dirname "$0")"
FF="ffmpeg -hide_banner -loglevel error -y"
EXACT="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1"
BT709="-color_primaries bt709 -color_trc bt709 -colorspace bt709"
mkdir -p kinds frames gap
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

# Review media: three seconds of 640 x 360 at 24 fps with a tone.
$FF -f lavfi -i "testsrc2=size=640x360:rate=24" -f lavfi -i "sine=frequency=440:sample_rate=48000" -t 3 \
  -c:v libx264 -preset slow -crf 26 -pix_fmt yuv420p $BT709 -c:a aac -b:a 64k $EXACT shot.mov
$FF -i shot.mov -c copy -movflags +faststart $EXACT shot.mp4
$FF -i shot.mov -an -t 0.5 -vf scale=321:181 -c:v mjpeg -q:v 8 -pix_fmt yuvj420p $EXACT odd-size.mov

# Stills, 320 x 180.
$FF -f lavfi -i "testsrc2=size=320x180" -frames:v 1 -c:v png -pred mixed $EXACT still.png
$FF -i still.png -q:v 4 $EXACT still.jpg
$FF -i still.png -vf format=gbrpf32le -c:v exr -compression zip16 -format half $EXACT still.exr
$FF -i still.png -vf scale=160:90 -pix_fmt gbrp10be -c:v dpx $EXACT still.dpx
$FF -i still.png -c:v tiff -compression_algo deflate $EXACT still.tif
$FF -f lavfi -i "testsrc2=size=16x16" -frames:v 1 -c:v png $EXACT too-small.png

# A sequence of 24 frames, 1001-1024, and one with gaps: 1001-1003, 1006, 1008.
$FF -f lavfi -i "testsrc2=size=96x54:rate=24" -frames:v 24 -start_number 1001 -vf format=gbrpf32le \
  -c:v exr -compression zip16 -format half $EXACT frames/shot.%04d.exr
$FF -f lavfi -i "testsrc2=size=96x54:rate=24" -frames:v 8 -start_number 1001 -q:v 8 $EXACT gap/plate.%04d.jpg
rm gap/plate.1004.jpg gap/plate.1005.jpg gap/plate.1007.jpg

# One small file of each kind that is recognised.
$FF -i still.png -vf scale=48:27 "$T/s.png"
S="$T/s.png"
C="convert -strip"
$FF -f lavfi -i "testsrc2=size=48x27:rate=8" -frames:v 4 $EXACT kinds/animated.gif
$C "$S" -define tiff:endian=lsb kinds/little.tif
$C "$S" -define tiff:endian=msb kinds/big.tif
$C "$S" TIFF64:kinds/bigtiff.tif
$C "$S" kinds/picture.bmp
$FF -i "$S" -c:v libwebp $EXACT kinds/picture.webp
$FF -i "$S" -c:v dpx -pix_fmt rgb48be $EXACT kinds/big.dpx
$FF -i "$S" -c:v dpx -pix_fmt rgb48le $EXACT kinds/little.dpx
$C "$S" -depth 10 kinds/picture.cin
$FF -i "$S" -c:v targa -rle 1 $EXACT kinds/footer.tga
$FF -i "$S" -c:v targa -rle 0 $EXACT "$T/plain.tga"
$FF -i "$S" -vf format=gray -c:v targa -rle 1 $EXACT "$T/rle.tga"
python3 - "$T" <<'PY'
import sys
t = sys.argv[1]
for name in ("plain", "rle"):          # a TGA of the first version has no footer
    data = open(f"{t}/{name}.tga", "rb").read()
    assert data.endswith(b"TRUEVISION-XFILE.\0")
    open(f"kinds/{name}.tga", "wb").write(data[:-26])
PY
$C "$S" kinds/picture.psd
$C "$S" PSB:kinds/picture.psb
$C "$S" kinds/picture.hdr
$FF -i "$S" -c:v sgi $EXACT kinds/picture.sgi
$C "$S" -monochrome kinds/binary.pbm
$C "$S" -colorspace Gray -compress none kinds/text.pgm
$C "$S" kinds/binary.ppm
$C "$S" kinds/picture.jp2
$C "$S" kinds/picture.j2k
$C "$S" -quality 40 kinds/picture.heic
$C "$S" -quality 40 kinds/picture.avif
printf '%s\n' '<?xml version="1.0" encoding="UTF-8"?>' '<!-- a square -->' \
  '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="27"><rect width="48" height="27" fill="#c33"/></svg>' >kinds/picture.svg
M="-f lavfi -i testsrc2=size=64x36:rate=24 -frames:v 6 -pix_fmt yuv420p"
$FF $M -c:v libx264 -crf 35 $EXACT kinds/brand-qt.mov
$FF $M -c:v libx264 -crf 35 -brand mp42 $EXACT kinds/brand-mp42.mp4
$FF $M -c:v libx264 -crf 35 -f ipod $EXACT kinds/brand-m4v.m4v
$FF $M -c:v mpeg2video -q:v 20 $EXACT kinds/movie.mxf
$FF $M -c:v libvpx -crf 40 -b:v 50k $EXACT kinds/movie.webm
$FF $M -c:v libx264 -crf 35 $EXACT kinds/movie.mkv
$FF $M -c:v mpeg4 -q:v 20 $EXACT kinds/movie.avi
A="-f lavfi -i sine=frequency=440:sample_rate=8000 -t 0.2"
$FF $A $EXACT kinds/sound.wav
$FF $A $EXACT kinds/sound.aiff
$FF $A -c:a libmp3lame -b:a 16k -id3v2_version 3 kinds/sound.mp3
printf 'dailies\n' >"$T/note.txt"
(cd "$T" && TZ=UTC touch -t 202401010000 note.txt && zip -q -X note.zip note.txt) && cp "$T/note.zip" kinds/archive.zip
python3 - <<'PY'
import struct

def atom(kind, body):
    return struct.pack(">I", 8 + len(body)) + kind + body

# PDF, by hand: one empty page.
objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
           b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 48 27]>>"]
pdf, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
for number, body in enumerate(objects, 1):
    offsets.append(len(pdf))
    pdf += b"%d 0 obj%s endobj\n" % (number, body)
start = len(pdf)
pdf += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in offsets)
pdf += b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
open("kinds/page.pdf", "wb").write(pdf)

# REDCODE: the first block of a file is "RED1" (older cameras) or "RED2", its length before it.
for name, mark in (("red1", b"RED1"), ("red2", b"RED2")):
    open(f"kinds/{name}.r3d", "wb").write(struct.pack(">I", 512) + mark + bytes(504))

# Blackmagic RAW: QuickTime atoms (wide, mdat, moov at the end) whose video sample entry is one of br...
def braw(code):
    entry = atom(code, bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", 4096, 2160) + bytes(50))
    stsd = atom(b"stsd", bytes(4) + struct.pack(">I", 1) + entry)
    trak = atom(b"trak", atom(b"mdia", atom(b"minf", atom(b"stbl", stsd))))
    return atom(b"moov", atom(b"mvhd", bytes(100)) + trak)
open("kinds/clip.braw", "wb").write(atom(b"wide", b"") + atom(b"mdat", bytes(20000)) + braw(b"brst"))

# ARRIRAW: "ARRI", the byte order word, the header's length (4096), a version; then nothing but zeros.
header = b"ARRI" + bytes.fromhex("12345678") + struct.pack("<II", 4096, 3)
for name in ("frame.ari", "frame.arx"):
    open(f"kinds/{name}", "wb").write(header + bytes(4096 - len(header)))

open("kinds/noise.bin", "wb").write(bytes((i * i * 31 + 7 * i + 3) % 251 for i in range(512)))
PY
