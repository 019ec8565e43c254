# SPDX-License-Identifier: BSD-2-Clause
# Turns a report's table of verdicts into a picture for the README:
#   build/ordeal run recovery -s pyramid,audio,build/tests/convict/naive.yaml | awk -f docs/picture.awk >docs/verdicts.svg

function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

# Verdicts that did not pass carry a '!'.
function coloured(line) {
	line = escaped(line)
	gsub(/(wrong|leaked|hung|crashed|unexercised|complete|degraded|refused) !/, "<tspan class=\"bad\">&</tspan>", line)
	gsub(/(complete|degraded|refused)( |$)/, "<tspan class=\"good\">&</tspan>", line)
	return line
}

# The table ends at the first empty line behind it.
/^ +case / { in_table = 1 }
in_table && !NF { in_table = 0 }
in_table || NR == 1 { lines[++count] = $0; if (length($0) > widest) widest = length($0) }

END {
	width = int(widest * 7.3 + 40)
	height = count * 18 + 40
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" role=\"img\">\n", width, height
	print "<title>Verdicts of the recovery suite on two reference cores and a naive program</title>"
	print "<style>rect{fill:#fff;stroke:#ccc}text{font:12px monospace;fill:#222;white-space:pre}" \
	      ".good{fill:#1a7f37}.bad{fill:#cf222e;font-weight:bold}" \
	      "@media(prefers-color-scheme:dark){rect{fill:#0d1117;stroke:#444}text{fill:#ddd}" \
	      ".good{fill:#3fb950}.bad{fill:#ff7b72}}</style>"
	printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", width - 1, height - 1
	for (i = 1; i <= count; i++)
		printf "<text x=\"20\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", 18 + i * 18, coloured(lines[i])
	print "</svg>"
}
