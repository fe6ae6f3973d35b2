// Prints what BuildKit's own parser finds in Dockerfiles, one line of JSON a reference:
//
//	oracle FILE…      files named in the arguments, or with - one path a line on standard input
//
// It follows the conversion to a build graph (dockerfile2llb) as far as names of images go: arguments before the
// first FROM, stage names, what COPY --from and RUN --mount may name. A file that a build refuses gives one line with
// `error`. `unmatched` says that a variable without a value went into the text; `platform`, that the text depends on
// the platform. Only names are looked at: no build, no network.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

type row struct {
	File      string `json:"file"`
	Where     string `json:"where,omitempty"` // syntax, FROM, COPY, RUN, ONBUILD COPY, ONBUILD RUN
	Line      int    `json:"line,omitempty"`  // of the instruction, first and last
	End       int    `json:"end,omitempty"`
	Text      string `json:"text,omitempty"`
	Unmatched bool   `json:"unmatched,omitempty"`
	Platform  bool   `json:"platform,omitempty"`
	Refused   bool   `json:"refused,omitempty"` // this one place ends the build
	Error     string `json:"error,omitempty"`
}

var platformNames = []string{"BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT",
	"TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE"}

// The values of one build: the platform's, then those of the ARGs.
type values struct {
	env       map[string]string
	unmatched map[string]bool // variables whose value had a part without value
}

func (v *values) Get(name string) (string, bool) { s, ok := v.env[name]; return s, ok }
func (v *values) Keys() []string                 { return nil }

// Two different platforms: a text that differs between them depends on the platform.
func platform(which int) *values {
	v := &values{env: map[string]string{}, unmatched: map[string]bool{}}
	for _, name := range platformNames {
		v.env[name] = [2]string{"plat", "platform"}[which]
		if strings.HasSuffix(name, "VARIANT") || strings.HasSuffix(name, "VERSION") {
			v.env[name] = [2]string{"", "platform"}[which]
		}
	}
	return v
}

func (v *values) expand(lex *shell.Lex, word string) (string, bool, error) {
	result, err := lex.ProcessWordWithMatches(word, v)
	unmatched := len(result.Unmatched) > 0
	for name := range result.Matched {
		unmatched = unmatched || v.unmatched[name]
	}
	return result.Result, unmatched, err
}

func (v *values) define(lex *shell.Lex, args []instructions.ArgCommand) error {
	for _, command := range args {
		for _, arg := range command.Args {
			if arg.Value == nil {
				continue
			}
			text, unmatched, err := v.expand(lex, *arg.Value)
			if err != nil {
				return err
			}
			v.env[arg.Key] = text
			v.unmatched[arg.Key] = unmatched
		}
	}
	return nil
}

// The first and the last line of an instruction.
type lines struct{ begin, end int }

func linesOf(ranges []parser.Range) lines {
	if len(ranges) == 0 {
		return lines{}
	}
	return lines{ranges[0].Start.Line, ranges[len(ranges)-1].End.Line}
}

type reader struct {
	file   string
	lex    *shell.Lex
	stages []instructions.Stage
	rows   []row
}

func (r *reader) isStage(name string, before int) bool {
	for i := 0; i < before; i++ {
		if r.stages[i].Name != "" && r.stages[i].Name == strings.ToLower(name) {
			return true
		}
	}
	return false
}

func (r *reader) source(where, from string, at lines, refused bool) {
	if from == "" || from == "scratch" || r.isStage(from, len(r.stages)) {
		return
	}
	r.rows = append(r.rows, row{File: r.file, Where: where, Line: at.begin, End: at.end, Text: from, Refused: refused})
}

func (r *reader) copy(where string, c *instructions.CopyCommand, at lines) {
	if c.From == "" {
		return
	}
	lex := r.lex
	if where != "COPY" {
		lex = shell.NewLex(parser.DefaultEscapeToken) // a trigger runs in another file
	}
	result, err := lex.ProcessWordWithMatches(c.From, shell.EnvsFromSlice(nil))
	refused := err != nil || result.Result != c.From
	if !refused {
		if _, err := strconv.Atoi(c.From); err == nil {
			return
		}
	}
	r.source(where, c.From, at, refused)
}

func (r *reader) run(where string, c *instructions.RunCommand, at lines) {
	for _, mount := range instructions.GetMounts(c) {
		r.source(where, mount.From, at, false)
	}
}

func (r *reader) command(c instructions.Command, at lines) error {
	switch c := c.(type) {
	case *instructions.CopyCommand:
		r.copy("COPY", c, at)
	case *instructions.RunCommand:
		r.run("RUN", c, at)
	case *instructions.OnbuildCommand:
		result, err := parser.Parse(strings.NewReader(c.Expression))
		if err != nil {
			return err
		}
		for _, node := range result.AST.Children {
			inner, err := instructions.ParseCommand(node)
			if err != nil {
				return err
			}
			switch inner := inner.(type) {
			case *instructions.CopyCommand:
				r.copy("ONBUILD COPY", inner, at)
			case *instructions.RunCommand:
				r.run("ONBUILD RUN", inner, at)
			}
		}
	}
	return nil
}

func (r *reader) from(i int, builds [2]*values) error {
	stage := r.stages[i]
	text, unmatched, err := builds[0].expand(r.lex, stage.BaseName)
	if err != nil {
		return err
	}
	other, _, err := builds[1].expand(r.lex, stage.BaseName)
	if err != nil {
		return err
	}
	if text == "scratch" || (r.isStage(text, i) && text == strings.ToLower(text)) {
		return nil
	}
	r.rows = append(r.rows, row{File: r.file, Where: "FROM", Line: linesOf(stage.Location).begin, End: linesOf(stage.Location).end, Text: text,
		Unmatched: unmatched, Platform: text != other})
	return nil
}

func (r *reader) read(data []byte) error {
	if syntax, _, location, ok := parser.DetectSyntax(data); ok {
		r.rows = append(r.rows, row{File: r.file, Where: "syntax", Line: linesOf(location).begin, End: linesOf(location).end, Text: syntax})
	}
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return err
	}
	stages, args, err := instructions.Parse(result.AST, nil)
	if err != nil {
		return err
	}
	r.stages = stages
	r.lex = shell.NewLex(result.EscapeToken)
	builds := [2]*values{platform(0), platform(1)}
	for _, build := range builds {
		if err := build.define(r.lex, args); err != nil {
			return err
		}
	}
	for i, stage := range stages {
		if err := r.from(i, builds); err != nil {
			return err
		}
		for _, command := range stage.Commands {
			if err := r.command(command, linesOf(command.Location())); err != nil {
				return err
			}
		}
	}
	return nil
}

func main() {
	files := os.Args[1:]
	if len(files) == 1 && files[0] == "-" {
		files = nil
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			files = append(files, lines.Text())
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		r := reader{file: file}
		if err := r.read(data); err != nil {
			r.rows = append(r.rows, row{File: file, Error: err.Error()})
		}
		for _, one := range r.rows {
			_ = out.Encode(one)
		}
	}
}
