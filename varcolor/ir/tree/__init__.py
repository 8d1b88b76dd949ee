"""The codec `tree`: regions from the grey, a transform of their colours, a variational decoder.

The path: `chroma` (what is coded) - `encode` (which regions, at what precision) - a stream of
`varcolor.ir.kernels.tree_coder` - `decode` (regions and their mean chroma) - `spread` (chroma of
every pixel, with those means).
"""
