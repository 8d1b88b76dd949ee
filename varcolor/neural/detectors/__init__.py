"""Networks that find objects: instance segmentation, as providers of `varcolor.objects`.

Each needs an extra (``pip install 'varcolor[maskrcnn]'``, ``'varcolor[rfdetr]'``) and a file of
weights, which has a card like those of the other networks and is never fetched unasked.
"""
