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
			760,
			460
		],
		"openinpresentation": 0,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						14,
						500,
						20
					],
					"text": "Steps of stutter",
					"linecount": 1,
					"fontsize": 20.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						44,
						700,
						20
					],
					"text": "One step a beat, sixteen beats: 0 is off, 1 to 4 are 1/2, 1/4, 1/8 and 1/16.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "bpatcher",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						370,
						390,
						112,
						44
					],
					"outlettype": [
						""
					],
					"name": "ladmg.io.maxpat",
					"args": [
						"127.0.0.1",
						7400,
						7401
					],
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
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						494,
						390,
						240,
						20
					],
					"text": "The connection. While `ladmg play` runs,",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						494,
						412,
						240,
						20
					],
					"text": "the lamp is on.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "toggle",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						90,
						24,
						24
					],
					"outlettype": [
						"int"
					]
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 3,
					"patching_rect": [
						130,
						80,
						190,
						48
					],
					"outlettype": [
						"",
						"",
						""
					],
					"name": "ladmg.beat.maxpat",
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
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						150,
						47.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "gate 1"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						180,
						32.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "t b"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "newobj",
					"numinlets": 5,
					"numoutlets": 4,
					"patching_rect": [
						30,
						210,
						81.0,
						22
					],
					"outlettype": [
						"int",
						"",
						"",
						"int"
					],
					"text": "counter 1 16"
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "multislider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						280,
						480,
						70
					],
					"outlettype": [
						"",
						""
					],
					"bgcolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"slidercolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"setminmax": [
						0.0,
						4.0
					],
					"setstyle": 1,
					"ignoreclick": 0,
					"contdata": 1,
					"size": 16,
					"settype": 0
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						240,
						87.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend fetch"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						390,
						170.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/stutter"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-6",
						0
					],
					"destination": [
						"obj-8",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-7",
						1
					],
					"destination": [
						"obj-8",
						1
					]
				}
			},
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
						"obj-10",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						0
					],
					"destination": [
						"obj-12",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-12",
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
						1
					],
					"destination": [
						"obj-13",
						0
					]
				}
			}
		]
	}
}
