// Command logcheck checks a log with Go's own packages: it reads nothing but what the log serves, and uses
// golang.org/x/mod/sumdb for every signature and every hash.
//
//	logcheck URL KEY OLD_CHECKPOINT_FILE
//
// URL is the log's prefix, KEY its verifier key, OLD_CHECKPOINT_FILE a checkpoint that was saved earlier (or "-").
// It prints one line per check and exits with 1 at the first that fails.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if len(os.Args) != 4 {
		fail("usage", fmt.Errorf("logcheck URL KEY OLD_CHECKPOINT_FILE"))
	}
	prefix, key, old := strings.TrimSuffix(os.Args[1], "/"), os.Args[2], os.Args[3]

	// 1. The checkpoint is signed by the log.
	tree := openCheckpoint(get(prefix+"/checkpoint"), key)
	fmt.Printf("ok checkpoint %d\n", tree.N)

	// 2. The tiles lead to its root: TileHashReader refuses any tile that does not.
	hashes := tlog.TileHashReader(tree, &tileReader{prefix})
	root, err := tlog.TreeHash(tree.N, hashes)
	check("root", err, root == tree.Hash)

	// 3. Every entry that is served is included at its index.
	entries := readEntries(prefix, tree.N)
	for i, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry))
		}
		check(fmt.Sprintf("inclusion of %d", i), err, true)
	}
	fmt.Printf("ok inclusion %d\n", len(entries))

	// 4. The tree is a continuation of the one that was seen before.
	if old != "-" {
		data, err := os.ReadFile(old)
		check("old checkpoint", err, true)
		before := openCheckpoint(data, key)
		proof, err := tlog.ProveTree(tree.N, before.N, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash)
		}
		check("consistency", err, true)
		fmt.Printf("ok consistency %d to %d\n", before.N, tree.N)
	}
}

func openCheckpoint(data []byte, key string) tlog.Tree {
	verifier, err := note.NewVerifier(key)
	check("key", err, true)
	signed, err := note.Open(data, note.VerifierList(verifier))
	check("signature", err, true)
	lines := strings.Split(signed.Text, "\n")
	check("checkpoint", nil, len(lines) == 4 && lines[0] == verifier.Name())
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check("size", err, true)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	check("root", err, len(hash) == tlog.HashSize)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], hash)
	return tree
}

// tileReader fetches tiles over HTTP. Go names them tile/8/L/N: the height is not part of C2SP's paths.
type tileReader struct{ prefix string }

func (r *tileReader) Height() int { return tileHeight }

func (r *tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		data[i] = get(r.prefix + "/tile/" + path)
		if len(data[i]) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data[i]))
		}
	}
	return data, nil
}

func readEntries(prefix string, size int64) [][]byte {
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: tileHeight, L: 0, N: n, W: int(width)}
		bundle := get(prefix + "/tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/"))
		for len(bundle) > 0 {
			check("bundle", nil, len(bundle) >= 2)
			length := int(binary.BigEndian.Uint16(bundle))
			check("bundle", nil, len(bundle) >= 2+length)
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	check("number of entries", nil, int64(len(entries)) == size)
	return entries
}

func get(url string) []byte {
	answer, err := http.Get(url)
	check("GET "+url, err, true)
	defer answer.Body.Close()
	check("GET "+url+": "+answer.Status, nil, answer.StatusCode == http.StatusOK)
	data, err := io.ReadAll(io.LimitReader(answer.Body, 1<<25))
	check("GET "+url, err, true)
	return data
}

func check(what string, err error, holds bool) {
	if err != nil || !holds {
		fail(what, err)
	}
}

func fail(what string, err error) {
	fmt.Printf("wrong %s: %v\n", what, err)
	os.Exit(1)
}
