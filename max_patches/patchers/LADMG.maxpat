{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			1280,
			720
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.0824,
			0.0902,
			0.1059,
			1.0
		],
		"editing_bgcolor": [
			0.0824,
			0.0902,
			0.1059,
			1.0
		],
		"locked_bgcolor": [
			0.0824,
			0.0902,
			0.1059,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						10,
						50,
						1260,
						64
					],
					"name": "ladmg.top.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						10,
						10,
						1260,
						64
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						520,
						124,
						240,
						430
					],
					"name": "ladmg.mixer.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						520,
						84,
						240,
						430
					]
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						520,
						564,
						240,
						156
					],
					"name": "ladmg.names.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						520,
						524,
						240,
						156
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						10,
						124,
						500,
						430
					],
					"name": "ladmg.deck.1.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						10,
						84,
						500,
						430
					]
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						10,
						564,
						500,
						156
					],
					"name": "ladmg.gestures.1.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						10,
						524,
						500,
						156
					]
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						770,
						124,
						500,
						430
					],
					"name": "ladmg.deck.2.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						770,
						84,
						500,
						430
					]
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 0,
					"patching_rect": [
						770,
						564,
						500,
						156
					],
					"name": "ladmg.gestures.2.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						770,
						524,
						500,
						156
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						1330,
						60,
						67.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.in"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						1330,
						90,
						109.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "route /ladmg/error"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1330,
						150,
						300,
						22
					],
					"fontname": "Arial",
					"fontsize": 12.0,
					"textcolor": [
						0.898,
						0.3373,
						0.3098,
						1.0
					],
					"text": "",
					"bgcolor": [
						0.1216,
						0.1373,
						0.1608,
						1.0
					],
					"presentation": 1,
					"presentation_rect": [
						10,
						690,
						1260,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						1330,
						120,
						77.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend set"
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1330,
						20,
						300,
						20
					],
					"text": "Errors of the instrument; all else is in the panels.",
					"linecount": 1
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-9",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						0
					],
					"destination": [
						"obj-11",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-11",
						0
					],
					"destination": [
						"obj-10",
						0
					]
				}
			}
		]
	}
}
